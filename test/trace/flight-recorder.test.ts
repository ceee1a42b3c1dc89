/** The flight recorder: one call, bounded, and an ordinary trace of it for whoever asks. */
import t from 'tap';
import { Bus, type LiveBody } from '../../src/trace/bus.js';
import type { RunBegin } from '../../src/trace/event.js';
import { FlightRecorder } from '../../src/trace/flight-recorder.js';
import { decodeTrace, encodeTrace } from '../../src/trace/jsonl.js';

const begin: RunBegin = {
  type: 'run',
  phase: 'begin',
  schema: 'call-probe/trace@2',
  scenario: 'load',
  file: null,
  seed: '1',
  repetition: 1,
  target: 'bundled',
  defects: [],
  devices: ['alice/phone', 'bob/phone'],
  roles: { server: 'server', probe: 'probe' },
  versions: {},
  replay: 'r',
  serverVisible: true,
  media: 'none',
};
const action = (call: string): LiveBody => ({ type: 'action', action: 'accept', peer: null, call });
const wire = (dir: 'in' | 'out', device: string, text: string): LiveBody => ({
  type: 'wire',
  dir,
  link: `${device}.signaling`,
  conn: 1,
  kind: 'command.accept',
  call: 'c1',
  seq: 1,
  bytes: text.length,
  text,
});

function flight(eventsMax?: number) {
  const bus = new Bus({ startedAt: 0, wall: 1_000 });
  const recorder = new FlightRecorder({ devices: begin.devices, ...(eventsMax === undefined ? {} : { eventsMax }) });
  bus.subscribe(recorder.take);
  return { bus, recorder };
}

t.test('keeps what its devices and the server on their links do, and nothing of others', async (t) => {
  const { bus, recorder } = flight();
  const op = bus.publish('alice/phone', 10, null, action('c1'));
  bus.publish('carol/phone', 11, null, action('c2'));
  bus.publish('alice/phone', 12, op, wire('out', 'alice/phone', '{"a":1}'));
  bus.publish('server', 13, null, wire('in', 'alice/phone', '{"a":1}'));
  bus.publish('server', 14, null, wire('in', 'carol/phone', '{"b":1}'));
  bus.publish('server', 15, null, { type: 'session', device: 'carol/phone', state: 'lost', text: null });
  bus.publish('probe', 16, null, { type: 'lag', lateMs: 5 });
  t.equal(recorder.size, 4);
  const trace = recorder.toTrace(begin);
  t.match(trace, [
    { n: 1, type: 'run', scenario: 'load' },
    { n: 2, type: 'action', call: 'c1' },
    { n: 3, node: 'alice/phone', cause: 2, frame: { a: 1 } },
    { n: 4, node: 'server', cause: 3 },
    { n: 5, type: 'lag' },
  ]);
  t.same(decodeTrace(encodeTrace(trace)).problems, [], 'it is an ordinary trace');
});

t.test('overwrites the oldest when it is full, and says how many', async (t) => {
  const { bus, recorder } = flight(3);
  for (const n of [1, 2, 3, 4, 5]) bus.publish('alice/phone', n, null, action(`c${n}`));
  t.equal(recorder.size, 3);
  t.equal(recorder.lost, 2);
  const trace = recorder.toTrace(begin);
  t.strictSame(
    trace.flatMap((event) => (event.type === 'action' ? [event.call] : [])),
    ['c3', 'c4', 'c5'],
  );
  t.match(trace[1], { type: 'log', data: { dropped: 2 } });
});
