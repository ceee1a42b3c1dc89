import fc from 'fast-check';
import t from 'tap';
import { align } from '../../../src/reporters/compare/alignment.js';
import { streamsOf } from '../../../src/reporters/compare/streams.js';
import type { TraceEvent } from '../../../src/trace/event.js';
import { FOUR, healthyCall, type TraceBuilder } from '../../trace-builder.js';
import { CALLEE, CALLER, unansweredCall } from '../unanswered-call.js';
import { unmapped } from './sides.js';

/** A call of two devices that goes well. */
const pairCall = (): TraceEvent[] => healthyCall({ devices: [CALLER, CALLEE], media: 'none' });

/** The same run at another time: other ids, digests, instants and numbers of upkeep. */
function anotherRun(trace: readonly TraceEvent[], shift: (at: number) => number): TraceEvent[] {
  const rename = (text: string): string => (text === 'c1' ? 'k9' : text);
  return trace.map((event): TraceEvent => {
    const at = shift(event.at);
    const moved = { ...event, at, wall: event.wall + 1e9 };
    if (moved.type === 'wire')
      return { ...moved, call: moved.call === null ? null : rename(moved.call), digest: `x${moved.digest}` };
    if ('call' in moved && typeof moved.call === 'string') return { ...moved, call: rename(moved.call) };
    return moved;
  });
}

/** Without one message, as if it had never been written: neither end has it, nor what follows from it at its reader. */
function without(trace: readonly TraceEvent[], out: number): TraceEvent[] {
  const gone = new Set([out]);
  for (const { n, cause } of trace) if (cause !== null && gone.has(cause)) gone.add(n);
  return trace.filter(({ n }) => !gone.has(n));
}

t.test('a run and the same run at another time went through the same steps', async () => {
  fc.assert(
    fc.property(fc.double({ min: 0.2, max: 5, noNaN: true }), fc.nat(10_000), (factor, offset) => {
      const before = healthyCall({ devices: FOUR });
      const { first, pairs } = align(
        before,
        anotherRun(before, (at) => at * factor + offset),
      );
      return first === null && pairs.size > 20;
    }),
  );
});

t.test('a trace and itself: every step is paired with itself', async (t) => {
  const trace = healthyCall({ devices: FOUR });
  const { pairs, differences } = align(trace, trace);
  t.same(differences, []);
  t.ok([...pairs].every(([a, b]) => a === b));
  t.equal(pairs.size, [...streamsOf(trace).values()].flat().length);
});

t.test('whichever message is taken out, it is the first difference', async (t) => {
  const trace = healthyCall({ devices: FOUR });
  const stop = trace.find((event) => event.type === 'mark' && event.name === 'teardown')!.n;
  const messages = trace.flatMap((event) =>
    event.type === 'wire' && event.dir === 'out' && event.n < stop && /^(event|command)/.test(event.kind) ? [event] : [],
  );
  t.ok(messages.length >= 12, `${messages.length} messages`);
  for (const { n, kind, link } of messages) {
    for (const [a, b, side] of [
      [trace, without(trace, n), 'before'],
      [without(trace, n), trace, 'after'],
    ] as const) {
      const { first } = align(a, b);
      t.equal(first?.side, side, `${kind} of ${link}`);
      t.match(first?.step.message, { kind, device: link.replace('.signaling', '') }, `${kind} of ${link} is named`);
    }
  }
});

t.test('what is lost is another step than what is read; upkeep and the epilogue do not count', async (t) => {
  const lost = unansweredCall(
    (trace, change) => void trace.wire('server', 'out', CALLER, 'event.connected', 'c1', change),
  ).events;
  const never = unansweredCall().events;
  const { first, differences } = align(never, lost);
  t.match(first, { side: 'after', step: { message: { kind: 'event.connected', lost: true } } });
  t.equal(differences.length, 1);

  const chatty = unansweredCall((trace) => {
    for (let i = 0; i < 3; i++) trace.wire(CALLER, 'out', CALLER, 'ping', null, null);
    trace.wire(CALLER, 'out', CALLER, 'signal.candidate', 'c1', null);
  }).events;
  t.equal(align(never, chatty).first, null);
});

t.test('an answer that never came against one that did: the answer comes first, what follows from it later', async (t) => {
  const { first, differences } = align(unansweredCall().events, pairCall());
  t.match(first, { side: 'after', step: { words: 'alice/phone reads event.connected' } });
  const words = differences.map(({ step }) => step.words);
  t.ok(words.includes('alice/phone shows connected'));
  t.ok(words.some((text) => /^an expectation|^steps\[1\] does not hold/.test(text)));
});

t.test('what may differ between two good runs is the first difference only where there is no other', async (t) => {
  const presence = (trace: TraceBuilder): void => {
    trace.add(CALLER, unmapped(CALLER, 'in', 'presence'));
    trace.media(CALLER, 'flowing');
  };
  const plain = unansweredCall().events;
  const other = align(plain, unansweredCall(presence).events);
  t.match(other.first, { side: 'after', step: { isMinor: true } });
  const chatty = unansweredCall(presence).events;
  const { first, differences } = align(chatty, pairCall());
  t.match(first, { step: { words: 'alice/phone reads event.connected', isMinor: false } });
  t.ok(
    differences.some(({ step }) => step.isMinor && step.at < first!.at + 1_000),
    'though something else differs as well',
  );
});

t.test('streams too long to align step by step count as different, and quickly', async (t) => {
  const long = unansweredCall((trace) => {
    for (let i = 0; i < 3_000; i++) trace.wire(CALLER, 'in', CALLER, 'event.ended', 'c1', null);
  }).events;
  const other = unansweredCall((trace) => {
    for (let i = 0; i < 3_000; i++) trace.wire(CALLER, 'in', CALLER, 'event.ringing', 'c1', null);
  }).events;
  t.equal(align(long, other).differences.length, 6_000);
});

t.test('empty traces', async (t) => {
  t.same(align([], []), { pairs: new Map(), differences: [], first: null });
  t.ok(align([], healthyCall()).first !== null);
});
