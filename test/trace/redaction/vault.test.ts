import t from 'tap';
import { createRng } from '../../../src/protocol/rng.js';
import { SecretVault } from '../../../src/trace/redaction/vault.js';
import { WordIndex } from '../../../src/trace/redaction/word-index.js';
import { leaks } from '../../leaks.js';

t.test('it finds what it was given in every form that reports have, in any case, and tells what it was', async (t) => {
  const vault = new SecretVault();
  const secret = 'p/w"<&>\'ä+1';
  vault.add('credential', secret);
  vault.add('token', 'abcdef123456');
  for (const text of [
    secret,
    JSON.stringify({ secret }),
    JSON.stringify({ secret }).replaceAll('/', '\\/'),
    encodeURIComponent(secret),
    secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
    secret.toUpperCase(),
  ])
    t.match(vault.find(`xx ${text} xx`), { kind: 'credential' }, text);
  t.same(vault.find('1234567abcdef123456'), { kind: 'token', index: 7 }, 'in the midst of a word');
  t.equal(vault.find('abcdef12345'), null);
  t.equal(vault.find(''), null);
});

t.test('words that anybody may use are no secrets, whatever stood beside them', async (t) => {
  const vault = new SecretVault();
  for (const value of ['required', 'alice/phone', 'Bearer', 'janedoe-laptop', 'NOTALLOWED', 'callee', 'user-17'])
    vault.see({ kind: 'credential', value });
  vault.see({ kind: 'ssrc', value: '3735928559' });
  vault.see({ kind: 'session', value: '1234567890' });
  vault.see({ kind: 'host', value: 'localhost' });
  vault.see({ kind: 'host', value: '127.0.0.1' });
  t.same(vault.values(), []);
  vault.see({ kind: 'session', value: '4611731400430051336' });
  vault.see({ kind: 'host', value: 'calls.example.com' });
  vault.see({ kind: 'pwd', value: 'P2uYro0UCOQ4zxjKXaWCBui1' });
  vault.see({ kind: 'credential', value: 'hunter-2x9y8z7' });
  vault.add('token', 'plainword');
  t.equal(vault.size, 5);
});

t.test('secrets of a few characters are found where a secret is told, and elsewhere when no chance makes them', async (t) => {
  const find = (secret: string, text: string) => {
    const vault = new SecretVault();
    vault.add('credential', secret);
    const found = vault.find(text);
    return found === null ? null : text.slice(found.index, found.index + secret.length);
  };
  for (const [secret, text] of [
    ['1234', 'wrong password 1234 for jane'],
    ['1234', '{"Password":"1234"}'],
    ['1234', JSON.stringify({ message: JSON.stringify({ pin: '1234' }) })],
    ['1234', 'the PIN is 1234'],
    ['1234', 'wss://jane:1234@example.com'],
    ['1234', '/login?user=jane&pwd=1234'],
    ['7', 'passwd=7'],
    ['zulu', '{"message":"zulu"}'],
    ['zulu', 'secret: zulu'],
    ['x7p2', 'he said x7p2, and hung up'],
    ['q!ab', 'he said q!ab.'],
    ["a'b", 'password: a&#39;b'],
    ['ä€', `token=${encodeURIComponent('ä€')}`],
  ] as const)
    t.not(find(secret, text), null, `${secret} in ${text}`);
  for (const [secret, text] of [
    ['1234', '{"at":1234,"intValue":"1234","text":"within 1234 ms"}'],
    ['1234', 'password 12345, token-1234'],
    ['1', 'password-1 token-1 pwd-1'],
    ['7', '7 passed'],
    ['alice', '{"node":"alice","user":"alice"}'],
    ['zulu', 'zulu time'],
    ['x7p2', 'x7p2q 0x7p2 X7P2'],
    ['20ms', 'within 20ms'],
    ['100%', 'p 100% of it'],
    ['v12', 'version v12'],
    ['', 'password: '],
  ] as const)
    t.equal(find(secret, text), null, `${secret} in ${text}`);
  t.equal(find('zulu', 'zulu, secret: zulu'), 'zulu');
  const both = new SecretVault();
  both.add('token', 'x7p2');
  both.add('credential', 'y8q3');
  t.same(both.find('a y8q3 x7p2'), { kind: 'credential', index: 2 });
});

t.test(
  'a short ICE user fragment is found where it stands alone, and not in a digest that has the same characters',
  async (t) => {
    const vault = new SecretVault();
    vault.add('ufrag', '0f9f6f');
    vault.add('token', '1c9ad2');
    vault.add('ufrag', 'a-long-fragment-0f');
    t.equal(vault.find('"digest":"5d0f9f6f9b2acd0f"'), null);
    t.equal(vault.find('0f9f6fb'), null);
    t.equal(vault.find('b0f9f6f'), null);
    for (const text of ['ice-ufrag:0f9f6f', '0F9F6F', 'it is 0f9f6f.', 'a digest 5d0f9f6f, and 0f9f6f'])
      t.equal(vault.find(text)?.kind, 'ufrag', text);
    t.equal(vault.find('x1c9ad2x')?.kind, 'token', 'other secrets anywhere');
    t.equal(vault.find('xa-long-fragment-0fx')?.kind, 'ufrag', 'and long ones');
  },
);

t.test('what the user gave is never given up', async (t) => {
  const vault = new SecretVault(10);
  vault.pin('credential', 'the-signing-secret');
  vault.pin('credential', 'x7p2');
  for (let number = 0; number < 45; number++) vault.add('token', `secret-number-${number}-x`);
  t.match(vault.find('the-signing-secret'), { kind: 'credential' });
  t.match(vault.find('it is x7p2'), { kind: 'credential' });
});

t.test('many secrets of a few characters take no time to speak of', async (t) => {
  const vault = new SecretVault();
  for (let number = 0; number < 2_000; number++) vault.add('credential', String(number + 1_000));
  const line = '{"n":31,"at":1204.5,"node":"alice/phone","type":"wire","kind":"event.connected","digest":"0a1b2c3d4e5f6071"}\n';
  const begun = process.hrtime.bigint();
  t.equal(vault.find(line.repeat(20_000)), null);
  const ms = Number(process.hrtime.bigint() - begun) / 1e6;
  t.comment(`2 MB against 2,000 of them: ${Math.round(ms)} ms`);
  t.ok(ms < 20_000);
});

t.test('it is bounded, and gives up the oldest first', async (t) => {
  const vault = new SecretVault(10);
  for (let number = 0; number < 25; number++) vault.add('token', `secret-number-${number}-x`);
  t.equal(vault.size, 15);
  t.equal(vault.find('secret-number-3-x'), null);
  t.match(vault.find('secret-number-12-x'), { kind: 'token' });
  t.match(vault.find('secret-number-24-x'), { kind: 'token' });
});

t.test('it agrees with the plain search, whatever the secrets and the text', async (t) => {
  const rng = createRng('index');
  const draw = (length: number): string => Array.from({ length }, () => 'abAB/"ü'[rng.below(6)]).join('');
  let hits = 0;
  for (let round = 0; round < 2_000; round++) {
    const vault = new SecretVault();
    const secrets = Array.from({ length: 1 + rng.below(3) }, () => draw(6 + rng.below(3)));
    for (const secret of secrets) vault.add('token', secret);
    const text = draw(rng.below(40)) + (rng.below(2) === 0 ? secrets[0] : '') + draw(rng.below(5));
    const found = vault.find(text) !== null;
    hits += found ? 1 : 0;
    if (leaks(text, secrets).length > 0 && !found) t.fail(`${JSON.stringify(secrets)} in ${JSON.stringify(text)}`);
  }
  t.ok(hits > 500 && hits < 2_000, `${hits} hits`);
});

t.test('a word index tells the first of overlapping words', async (t) => {
  const index = new WordIndex<number>();
  index.add('abcdefgh', ['abcdefgh'], 1);
  index.add('cdefgh', ['cdefgh'], 2);
  t.same(index.find('xxabcdefgh'), { tag: 1, index: 2 });
  t.same(index.find('xxabccdefgh'), { tag: 2, index: 5 });
  t.ok(index.has('cdefgh'));
});
