import t from 'tap';
import { judge } from '../../../src/judge/checkers/index.js';
import { historyOf } from '../../../src/judge/history/history.js';
import { type CallRecord, PHASES, VIEW_STATES } from '../../../src/protocol/call.js';
import type { EventOf, TraceEvent } from '../../../src/trace/event.js';
import { healthyCall } from '../../trace-builder.js';

type Told = EventOf<'record'> | EventOf<'state'>;

interface Mutant {
  readonly name: string;
  readonly trace: readonly TraceEvent[];
}

function isTold(event: TraceEvent): event is Told {
  return event.type === 'record' || event.type === 'state';
}

function nameOf(event: Told): string {
  const what = event.type === 'record' ? event.phase : event.state;
  return `${event.call} ${event.node} ${event.type} ${what}`;
}

function replaced(trace: readonly TraceEvent[], event: TraceEvent, by: readonly TraceEvent[]): TraceEvent[] {
  const i = trace.indexOf(event);
  return renumbered([...trace.slice(0, i), ...by, ...trace.slice(i + 1)]);
}

/** Numbers in the new order, causes moved along, and instants that never run backwards. */
function renumbered(trace: readonly TraceEvent[]): TraceEvent[] {
  const numbers = new Map(trace.map((event, i) => [event.n, i + 1]));
  let at = 0;
  return trace.map((event, i) => {
    at = Math.max(at, event.at);
    return { ...event, n: i + 1, at, cause: event.cause === null ? null : (numbers.get(event.cause) ?? null) };
  });
}

/** Other contents for an event, by what they change. */
function altered(event: Told): Record<string, TraceEvent> {
  if (event.type === 'state') {
    const states = VIEW_STATES.filter((state) => state !== event.state).map((state) => [`to ${state}`, { ...event, state }]);
    return {
      ...Object.fromEntries(states),
      timer: { ...event, timerStartedAt: (event.timerStartedAt ?? 0) + 700 },
      reason: { ...event, reason: event.reason === 'busy' ? null : 'busy' },
    };
  }
  const { record } = event;
  const having = (change: Partial<CallRecord>): TraceEvent => ({ ...event, record: { ...record, ...change } });
  const phases = PHASES.filter((phase) => phase !== event.phase).map((phase) => [`to ${phase}`, { ...having({ phase }), phase }]);
  return {
    ...Object.fromEntries(phases),
    version: { ...event, version: event.version + 1, record: { ...record, version: event.version + 1 } },
    caller: having({ caller: { user: 'mallory', device: 'phone' } }),
    callee: having({ callee: { user: 'mallory', device: record.callee.device } }),
    'answering device': having({ callee: { user: record.callee.user, device: 'tablet' } }),
    invitedAt: having({ invitedAt: record.invitedAt - 1 }),
    ringingAt: having({ ringingAt: (record.ringingAt ?? record.invitedAt) + 1 }),
    answeredAt: having({ answeredAt: (record.answeredAt ?? record.invitedAt) + 1 }),
    endedAt: having({ endedAt: record.endedAt === null ? record.invitedAt + 1 : null }),
    reason: having({ reason: record.reason === 'busy' ? null : 'busy' }),
    endedBy: having({ endedBy: { user: 'bob', device: 'tablet' } }),
  };
}

function mutantsOf(trace: readonly TraceEvent[]): Mutant[] {
  return trace.filter(isTold).flatMap((event) => {
    const name = nameOf(event);
    const next = trace
      .filter(isTold)
      .find((other) => other.n > event.n && other.node === event.node && other.type === event.type);
    const swapped =
      next === undefined
        ? []
        : [
            {
              name: `${name}: after ${nameOf(next)}`,
              trace: renumbered(
                trace.map((other) =>
                  other === event ? { ...next, at: event.at } : other === next ? { ...event, at: next.at } : other,
                ),
              ),
            },
          ];
    return [
      { name: `${name}: deleted`, trace: replaced(trace, event, []) },
      { name: `${name}: twice`, trace: replaced(trace, event, [event, { ...event, n: -1 }]) },
      ...swapped,
      ...Object.entries(altered(event)).map(([what, other]) => ({
        name: `${name}: altered ${what}`,
        trace: replaced(trace, event, [other]),
      })),
    ];
  });
}

function survivors(trace: readonly TraceEvent[], harmless: Readonly<Record<string, RegExp>>): string[] {
  const why = Object.values(harmless);
  return mutantsOf(trace)
    .filter((mutant) => !why.some((pattern) => pattern.test(mutant.name)))
    .filter((mutant) => judge(historyOf(mutant.trace), {}).every(({ result }) => result.valid === true))
    .map(({ name }) => name);
}

const NEED_NOT_KNOW = {
  'a device whose user talks elsewhere needs no further versions':
    /^c1 bob\/laptop record ended: (deleted|after redial bob\/laptop record inviting)$/,
};

const BLACK_BOX = {
  'a state may be overtaken by the next one on its way to a device': / state (inviting|ringing): deleted$/,
  'only an expectation sees what the callee himself is shown between his answer and the end':
    /^c1 bob\/phone state connected: (deleted|altered to (ringing|ended))$/,
  'a device that rang may go on to show the end or nothing before the others do':
    /^c1 bob\/laptop state ringing: altered to (connected|ended)$/,
  'a black box may end a call for reasons of its own wording': / state ended: altered reason$/,
  'the second call of the probe is judged by its mark and its remains alone': /^redial /,
};

t.test('with the server in the trace no change of what was held or shown goes by', async (t) => {
  t.ok(mutantsOf(healthyCall()).length > 300, 'there are mutants');
  t.strictSame(survivors(healthyCall(), NEED_NOT_KNOW), []);
});

t.test('with a black box no change goes by that its devices can prove', async (t) => {
  t.strictSame(survivors(healthyCall({ server: false }), BLACK_BOX), []);
});

t.test('every exception is one: it covers a mutant, and that mutant goes by', async (t) => {
  for (const [server, harmless] of [
    [true, NEED_NOT_KNOW],
    [false, BLACK_BOX],
  ] as const) {
    const all = survivors(healthyCall({ server }), {});
    for (const [why, pattern] of Object.entries(harmless))
      t.ok(
        all.some((name) => pattern.test(name)),
        why,
      );
  }
});
