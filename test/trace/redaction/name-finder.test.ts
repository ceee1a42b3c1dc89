import t from 'tap';
import { createRng } from '../../../src/protocol/rng.js';
import { leakIn } from '../../../src/trace/redaction/leak-scan.js';
import { NameFinder } from '../../../src/trace/redaction/name-finder.js';
import { createNames } from '../../../src/trace/redaction/names.js';
import { SecretVault } from '../../../src/trace/redaction/vault.js';

function found(names: readonly string[], text: string): string[] {
  const finder = new NameFinder();
  for (const name of names) finder.add(name);
  return [...finder.in(text)].map(({ name, start, end }) => {
    t.equal(text.slice(start, end).toLowerCase(), name.toLowerCase());
    return name;
  });
}

t.test('a name is found where it stands as a word of its own, the longest first', async (t) => {
  t.same(found(['anna', 'anna-lena'], 'Anna-Lena calls anna, ANNA. annas, hanna_anna'), ['anna-lena', 'anna', 'anna', 'anna']);
  t.same(found(['+4915112345678', 'a.b'], 'ask +4915112345678 or a.b, not 1+4915112345678 or xa.b'), ['+4915112345678', 'a.b']);
  t.same(found(['zoë', '李雷'], 'zoë 李雷 zoëx 李雷雷'), ['zoë', '李雷']);
  t.same(found(['--', ''], '-- x'), []);
  t.same(found([], 'anna'), []);
});

t.test('it finds what a search for each of them would', async (t) => {
  const rng = createRng('names');
  const draw = (length: number): string => Array.from({ length }, () => 'abB1-. é'[rng.below(8)]).join('');
  let hits = 0;
  for (let round = 0; round < 3_000; round++) {
    const names = Array.from({ length: 1 + rng.below(4) }, () => draw(1 + rng.below(4))).filter((name) =>
      /^[\p{L}\p{N}](.*[\p{L}\p{N}])?$/u.test(name),
    );
    if (names.length === 0) continue;
    const text = draw(rng.below(30));
    const sorted = [...names].sort((a, b) => b.length - a.length).map((name) => name.replaceAll('.', '\\.'));
    const plain = new RegExp(`(?<![\\p{L}\\p{N}])(?:${sorted.join('|')})(?![\\p{L}\\p{N}])`, 'giu');
    const wanted = [...text.matchAll(plain)].map(({ 0: name, index }) => [index, name.toLowerCase()]);
    const finder = new NameFinder();
    for (const name of names) finder.add(name);
    const got = [...finder.in(text)].map(({ name, start }) => [start, name.toLowerCase()]);
    hits += got.length;
    if (JSON.stringify(got) !== JSON.stringify(wanted)) t.same(got, wanted, JSON.stringify([names, text]));
  }
  t.ok(hits > 500, `${hits} names`);
});

t.test('a flood of names from the wire costs no more than one', async (t) => {
  const names = createNames();
  const begun = process.hrtime.bigint();
  for (let number = 0; number < 5_000; number++) {
    names.person(`person-${number}`);
    names.call(`f00d-${number}-beef`);
    names.rename('what somebody said meanwhile');
  }
  const text = '{"node":"alice/phone","type":"wire","kind":"event.connected","call":"f00d-x"}\n'.repeat(13_000);
  t.equal(names.rename(text), text);
  t.equal(leakIn(text, new SecretVault(), names), null);
  const ms = Number(process.hrtime.bigint() - begun) / 1e6;
  t.comment(`1 MB: ${Math.round(ms)} ms`);
  // With one expression of all names it took minutes.
  t.ok(ms < 20_000);
});
