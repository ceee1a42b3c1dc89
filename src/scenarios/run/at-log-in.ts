/** A target that went away while the probe logged in, as the outcome of the first repetition: it has failed. */
import { historyOf } from '../../judge/history/history.js';
import { outageIn, suspectOf } from '../../judge/history/outage.js';
import type { TargetGoneError } from '../../probe/targets/target.js';
import { assemble } from '../../trace/assemble.js';
import type { LiveEvent } from '../../trace/bus.js';
import type { RunEnd } from '../../trace/event.js';
import { goneWords } from './outage/target-monitor.js';
import type { RepetitionOptions, RepetitionOutcome } from './repetition-io.js';
import { runBegin } from './run-begin.js';

type Begun = Pick<RepetitionOptions, 'scenario' | 'seed' | 'repetition' | 'defects' | 'versions' | 'replay'>;

/** Null if the trace does not show that a message ended it: somebody may have shut it down. */
export function outcomeAtLogIn({ target, events }: TargetGoneError, begun: Begun): RepetitionOutcome | null {
  const [first] = events;
  const last = events.at(-1);
  if (first === undefined || last === undefined) return null;
  const devices = [...new Set(events.flatMap(({ node }) => (node.includes('/') ? [node] : [])))];
  const begin: LiveEvent = {
    ...{ n: first.n - 1, at: 0, wall: first.wall - first.at, node: 'probe', cause: null },
    ...{ ...runBegin({ ...begun, target }), devices },
  };
  const whole = (end: RunEnd): LiveEvent[] => [
    begin,
    ...events,
    { ...end, n: last.n + 1, at: last.at, wall: last.wall, node: 'probe', cause: null },
  ];
  const ended = (message: string): RunEnd => ({ type: 'run', phase: 'end', status: 'target-fault', message });
  const history = historyOf(assemble(whole(ended(''))));
  const outage = outageIn(history);
  if (outage === null || outage.isOrderly || suspectOf(outage.last) === null) return null;
  const message = goneWords(history);
  return {
    trace: assemble(whole(ended(message))),
    end: 'target-fault',
    message,
    hasBegun: true,
    durationMs: last.at,
    agents: {},
  };
}
