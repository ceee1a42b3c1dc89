import t from 'tap';
import { createRng } from '../../../src/protocol/rng.js';
import { leaks } from '../../../src/trace/redact.js';
import { SecretVault } from '../../../src/trace/redaction/vault.js';
import { WordIndex } from '../../../src/trace/redaction/word-index.js';

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
  vault.add('token', 'short');
  t.equal(vault.size, 5);
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
