import t from 'tap';
import type { TraceEvent } from '../../../src/trace/event.js';
import { faultEvent, healthyCall, TraceBuilder } from '../../trace-builder.js';
import { catches, holds } from './verdicts.js';

/** alice learns of the answer `ms` after bob accepted. */
function slow(
  ms: number,
  meanwhile: (trace: TraceBuilder) => void = () => undefined,
  before: (trace: TraceBuilder) => void = () => undefined,
): TraceEvent[] {
  const trace = new TraceBuilder().at(100).rings('alice/phone', 'bob').at(5_000);
  before(trace);
  trace.at(10_000).acts('bob/phone', 'accept', 'c1', ['bob/phone']);
  meanwhile(trace);
  trace.at(10_000 + ms - 5).tells('c1', null, ['alice/phone']);
  return trace.after(100).acts('alice/phone', 'hang up').rests().ends();
}

function hit(trace: TraceBuilder): void {
  trace.add('probe', faultEvent('disconnect', 'hit'));
}

t.test('within the defaults and the limits that are set', async (t) => {
  holds(t, 'latency', healthyCall());
  holds(t, 'latency', slow(1_000));
  holds(t, 'latency', slow(2_000), { latency: { 'accept-to-connected': { max: 2_000 } } });
  holds(t, 'latency', healthyCall(), { latency: { 'invite-to-ringing': { max: 20, p99: 20 } } });
});

t.test('beyond them, with both ends of the wait as evidence', async (t) => {
  const result = catches(t, 'latency', slow(1_001), /accept-to-connected of call c1 took 1\.001 s, more than 1000 ms/);
  t.equal(result.findings[0]?.evidence.length, 2);
  catches(t, 'latency', healthyCall(), /invite-to-ringing .* more than 19 ms/, { latency: { 'invite-to-ringing': { max: 19 } } });
  catches(t, 'latency', healthyCall(), /p95 of invite-to-ringing over 1 is 20 ms, more than 10 ms/, {
    latency: { 'invite-to-ringing': { p95: 10 } },
  });
});

t.test('each default is watched', async (t) => {
  for (const [op, name] of [
    ['reject', 'reject-to-ended'],
    ['hang up', 'hangup-to-ended'],
  ] as const) {
    const trace = new TraceBuilder().at(100).rings('alice/phone', 'bob').at(400);
    if (op === 'hang up') trace.acts('bob/phone', 'accept').at(3_000);
    trace.acts('bob/phone', op, 'c1', ['bob/phone']).after(1_500).tells('c1', null, ['alice/phone']);
    catches(t, 'latency', trace.rests().ends(), new RegExp(`${name} of call c1 took 1\\.515 s`));
  }
});

t.test('never is a finding, whatever the limit', async (t) => {
  const lost = (): TraceEvent[] =>
    new TraceBuilder().at(100).rings('alice/phone', 'bob').acts('bob/phone', 'accept', 'c1', ['bob/phone']).rests().ends();
  catches(t, 'latency', lost(), /accept-to-connected of call c1 never came/);
  catches(t, 'latency', lost(), /p95 of accept-to-connected over 1 is never/, {
    latency: { 'accept-to-connected': { p95: 60_000 } },
  });
});

t.test('a fault at work suspends the default, not a limit that is set', async (t) => {
  holds(t, 'latency', slow(1_500, hit));
  catches(t, 'latency', slow(1_500, hit), /took 1\.500 s/, { latency: { 'accept-to-connected': { max: 1_000 } } });
  catches(t, 'latency', slow(1_500, undefined, hit), /took 1\.500 s/);
  const since = slow(1_500, undefined, hit);
  const from = since.find(({ type }) => type === 'fault')?.n ?? 0;
  const last = since.at(-1);
  const healed = {
    ...faultEvent('latency', 'healed'),
    n: (last?.n ?? 0) + 1,
    at: (last?.at ?? 0) + 10,
    wall: 0,
    node: 'probe',
    cause: from,
  };
  holds(t, 'latency', [...since, healed]);
  holds(
    t,
    'latency',
    slow(
      1_500,
      (trace) => trace.op('alice/phone', 'come back'),
      (trace) => trace.op('alice/phone', 'go offline'),
    ),
  );
});
