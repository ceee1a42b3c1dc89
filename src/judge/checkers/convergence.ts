/** After the faults are healed everybody is on one record: what each device shows follows from what the server holds. */
import type { TraceEvent } from '../../trace/event.js';
import { type Agreement, agreementAt, partakers } from '../history/agreement.js';
import { lastMessages, type WiresByCall, wiresByCall } from '../history/last-messages.js';
import { type CallHistory, markOf, type Replay, replayOf } from '../history/replay.js';
import { labelOf, listWords, seconds } from '../history/wording.js';
import { type Checker, type Finding, unknown, verdictOf } from './checker.js';

export const convergence: Checker = {
  name: 'convergence',
  doc: 'Once the run is quiet, every device that is online shows what the one record of each call says: nobody rings while the other is connected (with a black box the devices are held against each other).',
  check(trace) {
    const quiesced = markOf(trace, 'quiesced');
    if (quiesced === null) return unknown('the run was cut before it came to rest (no mark `quiesced`)', lastOf(trace));
    const replay = replayOf(trace);
    if (!replay.ops.some((op) => op.action === 'call') && replay.calls.length === 0) {
      return unknown('nobody called anybody in this run, so there is nothing to agree on', [quiesced.n]);
    }
    let wires: WiresByCall | null = null;
    return verdictOf(
      replay.calls.flatMap((history) => {
        const agreement = agreementAt(replay, history, quiesced.n);
        if (agreement.agrees) return [];
        wires ??= wiresByCall(trace);
        return [disagreement(replay, history, agreement, quiesced, wires)];
      }),
    );
  },
};

type Instant = Pick<TraceEvent, 'n' | 'at'>;

function disagreement(replay: Replay, history: CallHistory, agreement: Agreement, end: Instant, wires: WiresByCall): Finding {
  const { record, standings } = agreement;
  const { since, passingMs } = spellsOf(replay, history, end);
  const named = standings.filter(({ main, wanted }) => main || wanted !== null);
  const pair = (words: (standing: (typeof named)[number]) => string): string =>
    named.map((standing) => `${labelOf(replay, standing.device)}=${words(standing)}`).join(' ');
  const actual = pair(({ shows }) => shows);
  const behind = standings.filter(({ behindAt }) => behindAt !== null);
  const last = lastMessages(wires, history.call, end.n);
  const sentences = [
    `${actual} in call ${history.call} since ${seconds(since.at)}, for ${seconds(end.at - since.at)} until the run was at rest`,
    ...(record === null ? [] : [`the server is at ${record.phase} (version ${record.version})`]),
    ...(behind.length === 0
      ? []
      : [listWords(behind.map(({ device, behindAt }) => `${device} applied version ${behindAt} last`))]),
    ...(passingMs > 0 ? [`before that they had differed for ${seconds(passingMs)} in passing`] : []),
  ];
  const hops = last.lines.length === 0 ? ['no message about it is in the trace'] : ['last message on each hop:', ...last.lines];
  return {
    message: [sentences.join('. '), ...hops].join('\n'),
    expected: record === null ? 'all devices in one phase of the call' : pair(({ wanted, shows }) => wanted ?? shows),
    actual,
    evidence: [
      ...new Set([
        ...(record === null ? [] : [record.n]),
        ...named.flatMap(({ evidence }) => evidence),
        since.n,
        ...last.evidence,
        end.n,
      ]),
    ].sort((a, b) => a - b),
  };
}

/** The event from which they disagreed until the end, and for how long they had disagreed before that in passing. */
function spellsOf(replay: Replay, history: CallHistory, end: Instant): { since: Instant; passingMs: number } {
  const devices = partakers(replay, history);
  const told = [...history.shown.values(), ...history.applied.values(), history.server].flat();
  const turns = replay.turns.filter((op) => devices.includes(op.node));
  const elsewhere = devices.flatMap((device) => (replay.views.get(device) ?? []).filter(({ call }) => call !== history.call));
  const events = [...told, ...turns, ...elsewhere].filter((event) => event.n <= end.n).sort((a, b) => a.n - b.n);
  const apart = events.map((event) => !agreementAt(replay, history, event.n).agrees);
  const start = apart.lastIndexOf(false) + 1;
  const since = events[start] ?? events.at(-1) ?? end;
  let passingMs = 0;
  for (const [i, event] of events.slice(0, start).entries())
    if (apart[i]) passingMs += (events[i + 1]?.at ?? event.at) - event.at;
  return { since, passingMs };
}

function lastOf(trace: readonly TraceEvent[]): number[] {
  return trace.slice(-1).map((event) => event.n);
}
