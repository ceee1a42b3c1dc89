/** A repetition without any recorder, for real: moments, waits and whoever listens live on the bus, and nothing is kept. */
import t from 'tap';
import { systemClock } from '../../src/probe/runtime/clock.js';
import { startBundled } from '../../src/probe/targets/bundled.js';
import { parseScenario } from '../../src/scenarios/language/load.js';
import { runRepetition } from '../../src/scenarios/run/repetition.js';
import type { RepetitionOptions } from '../../src/scenarios/run/repetition-io.js';
import type { LiveEvent } from '../../src/trace/bus.js';
import { watchForks } from '../forks.js';
import { CALL } from './running.js';

const forks = watchForks();
t.teardown(() => forks.ended());

const [calls, rings, ...answered] = CALL.steps as readonly [object, object, ...object[]];
const DISCONNECTED = {
  ...CALL,
  name: 'the caller loses its connection while the callee answers',
  media: 'none',
  steps: [
    calls,
    rings,
    { fault: { link: 'alice.signaling', disconnect: '300ms', on: 'bob sends accept' } },
    ...answered,
    { wait: '50ms' },
    { alice: 'hang up' },
    { expect: { both: 'ended(hangup)', within: '20s' } },
  ],
};

type OfType<T extends LiveEvent['type']> = Extract<LiveEvent, { type: T }>;
const ofType = <T extends LiveEvent['type']>(events: readonly LiveEvent[], type: T): OfType<T>[] =>
  events.filter((event): event is OfType<T> => event.type === type);

async function play(scenario: object, more: Partial<RepetitionOptions> = {}) {
  const events: LiveEvent[] = [];
  const target = await startBundled([]);
  const outcome = await runRepetition({
    scenario: parseScenario(scenario),
    repetition: 1,
    seed: 'unrecorded',
    target,
    media: null,
    defects: [],
    clock: systemClock,
    versions: {},
    replay: '',
    signal: new AbortController().signal,
    fault: null,
    onEvent: (event) => void events.push(event),
    record: 'none',
    ...more,
  }).finally(() => target.stop());
  return { outcome, events };
}

t.test('the fault fires at its moment, the steps wait for what they expect, and the trace is empty', async (t) => {
  const { outcome, events } = await play(DISCONNECTED);
  t.match(outcome, { end: 'complete', message: null, hasBegun: true });
  t.strictSame(outcome.trace, []);
  t.match(outcome.agents, {
    'alice/phone': { state: 'ended', reason: 'hangup' },
    'bob/phone': { state: 'ended', reason: 'hangup' },
  });

  const faults = ofType(events, 'fault');
  t.strictSame(
    faults.map(({ node, fault, act }) => [node, fault, act]),
    ['armed', 'hit', 'healed'].map((act) => ['alice/phone', 'disconnect', act]),
  );
  const [armed, hit, healed] = faults;
  t.strictSame([hit?.cause, healed?.cause], [armed?.n, hit?.n], 'each follows from the one before');
  const moment = events.find(({ n }) => n === hit?.target);
  t.match(moment, { type: 'wire', node: 'bob/phone', dir: 'out', kind: 'command.accept' });
  const atAlice = ofType(events, 'wire').filter(({ node, dir }) => node === 'alice/phone' && dir === 'in');
  const whileAway = atAlice.filter(({ n }) => n > (hit?.n ?? 0) && n < (healed?.n ?? 0));
  t.strictSame(whileAway, [], 'she is cut off before anybody can have read the answer');
  const hers = ofType(events, 'conn').filter(({ node }) => node === 'alice/phone');
  t.match([hers[0], hers[1], hers.at(-1)], [{ state: 'opened' }, { state: 'closed', by: 'fault' }, { state: 'opened' }]);
  const shown = ofType(events, 'state').filter(({ node, n }) => node === 'alice/phone' && n > (healed?.n ?? Infinity));
  t.match(shown[0], { state: 'connected' }, 'alice learns of the answer when she is back');

  const marks = ofType(events, 'mark').filter(({ ok }) => ok !== null);
  t.strictSame(
    marks.map(({ name, ok }) => [name, ok]),
    ['expect', 'expect', 'expect', 'quiesced', 'torn-down', 'redialed'].map((name) => [name, true]),
  );
  t.strictSame(
    marks.flatMap(({ name, wants }) => (name === 'expect' ? [wants] : [])),
    ['ringing', 'connected', 'ended'].map((state) => ({ states: [state], media: [] })),
    'what was waited for is not only in the sentence',
  );
});

t.test('who listens live gets every event in order, with messages whole', async (t) => {
  const { outcome, events } = await play({ ...DISCONNECTED, steps: [calls, rings] }, { record: 'full' });
  t.strictSame(
    events.map(({ n }) => n),
    events.map((_, index) => index + 1),
  );
  t.equal(outcome.trace.length, events.length, 'what is recorded is what happened');
  t.match(
    [events[0], events.at(-1)],
    [
      { type: 'run', phase: 'begin' },
      { type: 'run', phase: 'end', status: 'complete' },
    ],
  );
  for (const node of ['alice/phone', 'bob/phone', 'server']) {
    const wires = ofType(events, 'wire').filter((wire) => wire.node === node);
    t.ok(wires.length > 5, `${node} has ${wires.length} messages`);
    t.ok(wires.every((wire) => !('digest' in wire) && Buffer.byteLength(wire.text) === wire.bytes));
  }
  const hello = ofType(events, 'wire').find(({ kind, dir }) => kind === 'hello' && dir === 'out');
  t.match(JSON.parse(hello?.text ?? ''), { type: 'hello', token: /^eyJ/ }, 'redaction is for what is written');
});

t.test('waits end at once when the repetition is cut short', async (t) => {
  const interrupt = new AbortController();
  const scenario = { ...DISCONNECTED, steps: [calls, rings, { wait: '10m' }], timeout: '15m' };
  const { outcome } = await play(scenario, {
    signal: interrupt.signal,
    onEvent(event) {
      if (event.type === 'mark' && event.name === 'step' && event.text === 'wait 10m') interrupt.abort();
    },
  });
  t.match(outcome, { end: 'interrupted', trace: [] });
});
