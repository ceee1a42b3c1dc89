/** After the faults are healed every device shows the same call: what it shows follows from the record that the server holds. */
import type { TraceEvent } from '../../trace/event.js';
import { type Agreement, agreementAt } from '../history/agreement.js';
import { turningPoints } from '../history/disagreement.js';
import { type CallHistory, type History, markOf } from '../history/history.js';
import { lastMessages } from '../history/last-messages.js';
import { labelOf, listWords, seconds } from '../history/wording.js';
import { type Checker, evidenceOf, type Finding, unknown, verdictOf } from './checker.js';

export const convergence: Checker = {
  name: 'convergence',
  doc: 'Once the run is quiet, every device that is online shows what the one record of each call says: nobody rings while the other is connected (with a black box the devices are held against each other).',
  check(history) {
    const quiesced = markOf(history, 'quiesced');
    if (quiesced === null) return unknown('the run was cut before it was quiet (no mark `quiesced`)', evidenceOf(history.last));
    if (!history.actions.some(({ action }) => action === 'call') && history.calls.length === 0) {
      return unknown('nobody called anybody in this run, so there is nothing to agree on', [quiesced.n]);
    }
    return verdictOf(
      history.calls.flatMap((call) => {
        const agreement = agreementAt(history, call, quiesced.n);
        return agreement.agrees ? [] : [disagreement(history, call, agreement, quiesced)];
      }),
    );
  },
};

type Instant = Pick<TraceEvent, 'n' | 'at'>;

function disagreement(history: History, call: CallHistory, { record, standings }: Agreement, end: Instant): Finding {
  const { since, passingMs } = disagreedSince(history, call, end);
  const named = standings.filter(({ main, wanted }) => main || wanted !== null);
  const pair = (words: (standing: (typeof named)[number]) => string): string =>
    named.map((standing) => `${labelOf(history, standing.device)}=${words(standing)}`).join(' ');
  const actual = pair(({ shows }) => shows);
  const behind = standings.filter(({ behindAt }) => behindAt !== null);
  const last = lastMessages(history, call.call, end.n);
  const sentences = [
    `${actual} in call ${call.call} since ${seconds(since.at)}, for ${seconds(end.at - since.at)} until the run was quiet`,
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
    evidence: evidenceOf(record, ...named.flatMap(({ evidence }) => evidence), since, ...last.evidence, end),
  };
}

/** The event from which they disagreed until the end, and for how long they had disagreed before that in passing. */
function disagreedSince(history: History, call: CallHistory, end: Instant): { since: Instant; passingMs: number } {
  const events = turningPoints(history, call, end);
  const apart = events.map(({ n }) => !agreementAt(history, call, n).agrees);
  const start = apart.lastIndexOf(false) + 1;
  const since = events[start] ?? events.at(-1) ?? end;
  let passingMs = 0;
  for (const [i, event] of events.slice(0, start).entries())
    if (apart[i]) passingMs += (events[i + 1]?.at ?? event.at) - event.at;
  return { since, passingMs };
}
