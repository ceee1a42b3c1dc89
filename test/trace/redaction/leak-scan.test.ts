import t from 'tap';
import { LeakError, leakIn } from '../../../src/trace/redaction/leak-scan.js';
import { createNames } from '../../../src/trace/redaction/names.js';
import { assertNoLeak, createPrivacy } from '../../../src/trace/redaction/privacy.js';
import { SecretVault } from '../../../src/trace/redaction/vault.js';

const scan = (text: string) => leakIn(text, new SecretVault(), createNames());

t.test('what looks like a secret is refused although nobody has seen it', async (t) => {
  for (const [text, kind] of [
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2ln', 'token'],
    ['Authorization: Bearer 0a1b2c3d4e5f', 'token'],
    ['a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1', 'pwd'],
    ['a=ice-ufrag:EsAw', 'ufrag'],
    [`sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}`, 'fingerprint'],
    ['-----BEGIN RSA PRIVATE KEY-----', 'private-key'],
    ['wss://example.com/ws?token=x', 'url-query'],
    ['from 192.168.1.7:80', 'address'],
    ['from 2001:db8::1', 'address'],
    ['"::ffff:10.0.0.1"', 'address'],
  ] as const)
    t.equal(scan(`first\n ${text} `)?.kind, kind, text);
  t.same(scan('one\ntwo\nfrom 10.1.2.3'), { kind: 'address', line: 3, column: 6 });
});

t.test('what only resembles one passes', async (t) => {
  for (const text of [
    'a=ice-pwd:pwd-1\r\na=ice-ufrag:ufrag-12',
    'bearer token-1, Bearer redacted, bearer of bad news',
    '127.0.0.1 ::1 0.0.0.0 :: ::1:8080',
    'host-1.ip4 host-2.ip6',
    'wss://host-1.name/ws?redacted http://www.w3.org/2000/svg',
    'Chrome/120.0.6099.109 12:34:56 1.2.3 node 20.20.2',
    'a::before{color:#fff} b:after .a:not(:focus)::after x?y=1:z=2',
    '{"a":1,"b":{"c":"d:e"}} add::dad',
  ])
    t.equal(scan(text), null, text);
});

t.test('people are found where a person is meant, and unusual names everywhere', async (t) => {
  const names = createNames();
  for (const name of ['will', 'Jean-Luc', 'maximilian']) names.person(name);
  const kindOf = (text: string) => leakIn(text, new SecretVault(), names)?.kind ?? null;
  t.equal(kindOf('it will end; .x{will-change: top} max'), null);
  t.equal(kindOf('will/phone rings'), 'user');
  t.equal(kindOf('c-will.phone-0k3v9x2'), 'user');
  t.equal(kindOf('so said jean-luc'), 'user');
  t.equal(kindOf('maximilian'), 'user');
  t.equal(kindOf('goodwill/phone'), null);
});

t.test('the refusal says what and where, never the secret', async (t) => {
  const privacy = createPrivacy();
  privacy.vault.add('token', 'abcdef-secret-token');
  try {
    assertNoLeak('x\ny abcdef-secret-token', privacy, 'The report r.json');
    t.fail('not refused');
  } catch (error) {
    t.ok(error instanceof LeakError);
    t.match(String(error), /The report r\.json was not written: line 2, character 3 would have shown a token/);
    t.notMatch(String(error), /abcdef/);
  }
  assertNoLeak('abcdef-secret-token', { ...privacy, redaction: 'off' }, 'x');
});

t.test('large texts against many secrets take no time to speak of', async (t) => {
  const privacy = createPrivacy();
  for (let number = 0; number < 20_000; number++) privacy.vault.add('token', `${number * 7919}-secret-${number}`);
  for (let number = 0; number < 200; number++) privacy.names.person(`person${number}x`);
  const line = '{"n":31,"at":1204.5,"node":"alice/phone","type":"wire","kind":"event.connected","digest":"0a1b2c3d4e5f6071"}\n';
  const text = line.repeat(Math.ceil((4 * 1024 * 1024) / line.length));
  const begun = process.hrtime.bigint();
  assertNoLeak(text, privacy, 'x');
  const ms = Number(process.hrtime.bigint() - begun) / 1e6;
  t.comment(`4 MiB against 20,000 secrets and 200 names: ${Math.round(ms)} ms`);
  t.ok(ms < 20_000);
});
