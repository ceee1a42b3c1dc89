import t from 'tap';
import { mutated } from '../../src/faults/mutation.js';
import { decodeClientFrame } from '../../src/protocol/codec.js';
import { createRng } from '../../src/protocol/rng.js';

const ACCEPT = JSON.stringify({ type: 'command', seq: 3, ack: 4, id: 'm-1', op: 'accept', call: 'c-1' });
const NESTED = JSON.stringify({ type: 'signal', seq: 1, call: 'c-1', kind: 'description', data: { type: 'offer', sdp: 'v=0' } });

t.test('the same seed breaks the same things, another seed others', async (t) => {
  const series = (seed: string): string[] => {
    const rng = createRng(seed);
    return Array.from({ length: 50 }, () => mutated(ACCEPT, rng).text);
  };
  t.strictSame(series('a'), series('a'));
  t.notSame(series('a'), series('b'));
});

t.test('something is always broken, within bounds, and told in a few words', async (t) => {
  const rng = createRng('bounds');
  for (const text of [ACCEPT, NESTED, 'not json', '{}', '[]', '7', '']) {
    for (let i = 0; i < 500; i++) {
      const mutation = mutated(text, rng);
      if (mutation.text === text) t.fail(`${JSON.stringify(text)} came out as it was (${mutation.summary})`);
      if (mutation.text.length > text.length + 3_000) t.fail(`${mutation.summary}: ${mutation.text.length} characters`);
      if (mutation.summary.length === 0 || mutation.summary.length > 60) t.fail(mutation.summary);
    }
  }
});

t.test('every way of breaking a message comes up, deep fields too, and most of it is no frame any more', async (t) => {
  const rng = createRng('ways');
  const mutations = Array.from({ length: 2_000 }, () => mutated(NESTED, rng));
  const told = mutations.map((mutation) => mutation.summary).join('\n');
  for (const way of [
    /cut off after/,
    /stray characters/,
    /characters duplicated/,
    /removed/,
    /of another type/,
    /changed/,
    /nested \d+ deep/,
    /added/,
    /^data\.sdp /m,
  ])
    t.match(told, way);
  const refused = mutations.filter(({ text }) => !decodeClientFrame(text).ok).length;
  t.ok(refused > 1_000, `${refused} of 2000 are refused by the codec`);
});

t.test('the first ones leave out each field in turn, behind the prefix of Socket.IO too', async (t) => {
  const rng = createRng('fields');
  const without = (text: string, count: number): string[] =>
    Array.from({ length: count }, (_, nth) => mutated(text, rng, nth).summary);
  t.strictSame(without(NESTED, 7), [
    ...['type removed', 'seq removed', 'call removed', 'kind removed'],
    ...['data removed', 'data.type removed', 'data.sdp removed'],
  ]);
  t.notMatch(mutated('{"a":1}', createRng('rest'), 1).summary, /^a removed$/, 'then something else is broken');
  const event = '42/video,7["call-user",{"to":"bob","signal":{"type":"offer"}}]';
  t.strictSame(without(event, 3), ['[1].to removed', '[1].signal removed', '[1].signal.type removed']);
  t.equal(mutated(event, rng, 0).text, '42/video,7["call-user",{"signal":{"type":"offer"}}]');
});
