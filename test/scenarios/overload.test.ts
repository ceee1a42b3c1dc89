/** A run on a machine that is too busy, for real: the process of the probe stands still in mid-call, and the target is not blamed. */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import t from 'tap';
import { runScenario, type TraceEvent } from '../../src/index.js';
import { eventsOf } from '../../src/trace/event.js';
import { decodeTrace } from '../../src/trace/jsonl.js';
import { watchForks } from '../forks.js';
import { PATIENT } from './files.js';

const BLOCK_MS = 500;

const forks = watchForks();
t.teardown(() => forks.ended());

t.test('an answer that waited for the probe itself leaves the run unknown, with the cause', async (t) => {
  const scenario = {
    name: 'an answer',
    agents: { alice: {}, bob: {} },
    media: 'none',
    checks: { ...PATIENT, latency: { ...PATIENT.latency, 'accept-to-connected': { max: '100ms' } } },
    steps: [
      { alice: 'call bob' },
      { expect: { both: 'ringing', within: '20s' } },
      { bob: 'accept' },
      { expect: { both: 'connected', within: '20s' } },
    ],
  };
  let blocks = 0;
  // A frame is recorded before it is written: the answer leaves when the listener has come to its end.
  const trace = (event: TraceEvent): void => {
    if (event.type !== 'wire' || event.dir !== 'out' || event.node !== 'bob/phone' || event.kind !== 'command.accept') return;
    blocks += 1;
    const since = performance.now();
    while (performance.now() - since < BLOCK_MS);
  };
  const result = await runScenario(scenario, { listener: { trace }, out: t.testdir() });
  t.equal(blocks, 1);
  t.equal(result.status, 'unknown', JSON.stringify(result.checks.filter(({ valid }) => valid !== true)));
  t.match(
    result.why,
    /^probe-fault: the probe's own machine was overloaded \(event loop late by \d+ ms\); .*accept-to-connected/,
  );
  t.match(result.diagnoses[0], { code: 'probe-fault', summary: /overloaded/ });
  const { events } = decodeTrace(readFileSync(result.trace ?? '', 'utf8'));
  t.ok(
    eventsOf(events, 'lag').some(({ node, lateMs }) => node === 'probe' && lateMs >= BLOCK_MS - 20),
    'the trace tells of it',
  );
});
