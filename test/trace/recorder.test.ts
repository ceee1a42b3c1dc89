/** Bus and full recorder: one order, one numbering, causes that run through the wire, and a bound. */
import t from 'tap';
import { Bus, type LiveBody } from '../../src/trace/bus.js';
import type { RunBegin, WireEvent } from '../../src/trace/event.js';
import { Recorder } from '../../src/trace/recorder.js';
import { faultEvent } from '../trace-builder.js';

const START = 5_000;
const WALL = 1_700_000_000_000;
const begin: RunBegin = {
  type: 'run',
  phase: 'begin',
  schema: 'call-probe/trace@2',
  scenario: 's',
  file: null,
  seed: '1',
  repetition: 1,
  target: 'bundled',
  defects: [],
  devices: ['alice/phone'],
  roles: { server: 'server', probe: 'probe' },
  versions: {},
  replay: 'r',
  serverVisible: true,
  media: 'none',
};
const end: LiveBody = { type: 'run', phase: 'end', status: 'complete', message: null };
const log = (message: string): LiveBody => ({ type: 'log', level: 'info', message, data: {} });
const timer: LiveBody = { type: 'timer', call: 'c-1', elapsedMs: 1 };
const wire = (dir: WireEvent['dir'], text: string, link = 'alice/phone.signaling'): LiveBody => ({
  type: 'wire',
  dir,
  link,
  conn: 1,
  kind: 'ack',
  call: null,
  seq: null,
  bytes: 9,
  text,
});
/** A bus with a full recorder on it. */
function recorder(eventsMax?: number) {
  const bus = new Bus({ startedAt: START, wall: WALL });
  const full = new Recorder(eventsMax);
  bus.subscribe(full.take);
  return {
    record: (node: string, now: number, cause: number | null, body: LiveBody): number => bus.publish(node, now, cause, body),
    finish: () => full.finish(),
    get size() {
      return full.size;
    },
  };
}
const messages = (trace: ReturnType<Recorder['finish']>): string[] =>
  trace.map((event) => (event.type === 'log' ? event.message : event.type === 'run' ? event.phase : event.type));

t.test('events come out in the order of time, ties in the order of recording, numbered from 1', async (t) => {
  const trace = recorder();
  for (const [at, message] of [
    [30, 'c'],
    [10, 'a'],
    [30, 'd'],
    [20.5, 'b'],
  ] as const) {
    trace.record('probe', START + at, null, log(message));
  }
  const finished = trace.finish();
  t.strictSame(messages(finished), ['a', 'b', 'c', 'd']);
  t.strictSame(
    finished.map(({ n, at, wall }) => [n, at, wall]),
    [
      [1, 10, WALL + 10],
      [2, 20.5, WALL + 20.5],
      [3, 30, WALL + 30],
      [4, 30, WALL + 30],
    ],
  );
  t.equal(trace.size, 4);
});

t.test('causes are renumbered with the events; a cause that is not there becomes none', async (t) => {
  const trace = recorder();
  const late = trace.record('server', START + 50, null, log('late'));
  trace.record('server', START + 60, late, log('follows late'));
  trace.record('server', START + 10, null, log('early'));
  trace.record('server', START + 70, 99, log('follows nothing'));
  t.strictSame(
    trace.finish().map(({ n, cause }) => [n, cause]),
    [
      [1, null],
      [2, null],
      [3, 2],
      [4, null],
    ],
  );
});

t.test('the reading of a frame follows from its writing at the other end, in both directions', async (t) => {
  const trace = recorder();
  trace.record('probe', START, null, begin);
  const device = 'alice/phone';
  trace.record(device, START + 1, null, wire('out', 'up-1'));
  trace.record('server', START + 2, null, wire('in', 'up-1'));
  trace.record('server', START + 3, null, wire('out', 'down-1'));
  trace.record(device, START + 4, null, wire('in', 'down-1'));
  trace.record('server', START + 5, null, wire('in', 'never-written'));
  trace.record('server', START + 6, null, wire('out', 'same'));
  trace.record('server', START + 7, null, wire('in', 'same'));
  trace.record('bob/phone', START + 8, null, wire('in', 'same', 'bob/phone.signaling'));
  t.strictSame(
    trace.finish().map(({ cause }) => cause),
    [null, null, 2, null, 4, null, null, null, null],
    'neither what was never written, nor the own writing, nor another link counts',
  );
});

t.test('equal frames pair up one by one, and a cause of its own stands', async (t) => {
  const trace = recorder();
  trace.record('probe', START, null, begin);
  for (const at of [1, 2]) trace.record('alice/phone', START + at, null, wire('out', 'ack'));
  for (const at of [3, 4, 5]) trace.record('server', START + at, null, wire('in', 'ack'));
  t.strictSame(
    trace.finish().map(({ cause }) => cause),
    [null, null, null, 2, 3, null],
  );
  const own = recorder();
  const why = own.record('server', START + 1, null, log('why'));
  own.record('alice/phone', START + 2, null, wire('out', 'x'));
  own.record('server', START + 3, why, wire('in', 'x'));
  t.equal(own.finish()[2]?.cause, 1);
});

t.test('a writing that is told late, by another process, still comes before its reading', async (t) => {
  const trace = recorder();
  trace.record('probe', START, null, begin);
  trace.record('alice/phone', START + 4, null, wire('in', 'd'));
  trace.record('server', START + 3, null, wire('out', 'd'));
  t.match(trace.finish().slice(1), [
    { node: 'server', cause: null },
    { node: 'alice/phone', cause: 2 },
  ]);
});

t.test('the run begins first and ends last, whatever the stamps say', async (t) => {
  const trace = recorder();
  trace.record('server', START - 20, null, log('before'));
  trace.record('probe', START, null, begin);
  trace.record('probe', START + 10, null, end);
  trace.record('server', START + 30, null, log('after'));
  const finished = trace.finish();
  t.strictSame(messages(finished), ['begin', 'before', 'after', 'end']);
  t.equal(finished[1]?.at, 0, 'nothing is before the beginning');
});

t.test('a full recorder gives up samples first, says so, and keeps the run whole', async (t) => {
  const trace = recorder(20);
  trace.record('probe', START, null, begin);
  for (let at = 1; at <= 30; at++) trace.record('alice/phone', START + at, null, timer);
  t.equal(trace.size, 18, 'samples leave a tenth of the room');
  const media = { type: 'media', call: 'c', state: 'flowing', stage: 'rtp', setupStalled: false, message: null } as const;
  trace.record('alice/phone', START + 31, null, { ...media, stats: null });
  t.equal(trace.size, 19, 'a change of state is no sample');
  trace.record('server', START + 32, null, log('the last that fits'));
  trace.record('server', START + 33, 7, log('too many'));
  trace.record('probe', START + 40, null, end);
  const finished = trace.finish();
  t.strictSame(messages(finished).slice(-3), ['the last that fits', '14 events over the limit of 20 were not kept', 'end']);
  t.strictSame(
    finished.map(({ n }) => n),
    finished.map((_, index) => index + 1),
  );
  t.strictSame(trace.finish(), finished, 'finishing twice says the same');
});

t.test('subscribers get every event from when they come to when they go, kept or not', async (t) => {
  const bus = new Bus({ startedAt: START, wall: WALL });
  const full = new Recorder(1);
  bus.subscribe(full.take);
  const seen: number[] = [];
  bus.publish('probe', START, null, log('before'));
  const stop = bus.subscribe((event) => seen.push(event.n));
  bus.publish('probe', START, null, log('1'));
  bus.publish('probe', START, null, log('over the limit'));
  t.strictSame(seen, [2, 3]);
  stop();
  stop();
  bus.publish('probe', START, null, end);
  t.strictSame(seen, [2, 3]);
  t.equal(full.size, 2, 'the first event and the end');
});

t.test('a message is read when the trace is made: digest, content, and the digests of what it relays', async (t) => {
  const trace = recorder();
  trace.record('alice/phone', START, null, { ...wire('out', '{"type":"ack","ack":3}'), name: 'thanks' } as LiveBody);
  trace.record('alice/phone', START + 1, null, wire('out', 'no JSON'));
  const foreign = { ...wire('out', '42["x",1]'), frame: { x: 1 }, carries: [{ what: 'offer', text: 'v=0' }] } as LiveBody;
  trace.record('alice/phone', START + 2, null, foreign);
  const [json, raw, own] = trace.finish();
  t.match(json, { name: 'thanks', frame: { type: 'ack', ack: 3 }, digest: /^[0-9a-f]{16}$/ });
  t.match(raw, { frame: 'no JSON' });
  t.match(own, { frame: { x: 1 }, carries: [{ what: 'offer', digest: /^[0-9a-f]{16}$/ }] });
  for (const event of [json, raw, own]) t.notOk(event !== undefined && 'text' in event, 'the text itself stays out');
});

t.test('a fault names the event whose moment it was by its last number', async (t) => {
  const trace = recorder();
  trace.record('probe', START + 50, null, log('late'));
  const moment = trace.record('alice/phone', START + 10, null, wire('out', 'd'));
  const hit = faultEvent('disconnect', 'hit', { target: moment, message: 'm' });
  trace.record('bob/phone', START + 11, moment, hit);
  trace.record('bob/phone', START + 12, null, { ...hit, target: null });
  const finished = trace.finish();
  t.match(finished[0], { type: 'wire', n: 1 });
  t.match(finished[1], { type: 'fault', target: 1, cause: 1 });
  t.match(finished[2], { type: 'fault', target: null });
});
