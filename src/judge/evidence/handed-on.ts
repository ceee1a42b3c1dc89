/** What the two ends of a foreign target's calls show of what lies between them: no record, no log, and still proof. Pure. */

import type { EventOf } from '../../trace/event.js';
import { type RelayFlaw, relayFlaws } from '../checkers/relayed.js';
import { SERVER } from '../history/replay.js';
import { failureOf, isEpilogue } from './failing.js';
import { type Candidate, evidenceOf, LIKELY, SURE } from './rule.js';
import type { Timeline } from './timeline.js';

const SAID: Readonly<Record<RelayFlaw['kind'], string>> = {
  altered: 'Whatever lies between the two sides changed it',
  duplicated: 'Whatever lies between the two sides sent it again',
  reordered: 'Whatever lies between the two sides changed the order',
  lost: 'It was lost between the two sides',
  echoed: 'The server sent it to the one whose own it is, and not to the other side',
};

/** Candidates for the flaws of one kind. */
export function handedOn(timeline: Timeline, kind: RelayFlaw['kind'], ruledOutBy: string): Candidate[] {
  if (!timeline.complaints.some(({ checker }) => checker === 'relayed')) return [];
  return relayFlaws(timeline.trace)
    .filter((flaw) => flaw.kind === kind)
    .map(({ call, finding }): Candidate => {
      const { message, evidence } = finding;
      return {
        hop: SERVER,
        call,
        confidence: kind === 'lost' || kind === 'reordered' ? LIKELY : SURE,
        summary: `${SAID[kind]}: ${message}.`,
        evidence: evidenceOf(...evidence),
        ruledOutBy,
        originN: evidence[0] ?? 0,
      };
    });
}

/** A client may cross an answer with an end by itself; that the server lets it pass is its own doing all the same. */
const ANSWERED_LATE = 0.85;

/** What ends a call at the device that says it or hears it. */
const ENDS: readonly string[] = ['command.cancel', 'command.reject', 'command.hangup', 'event.ended'];

/** An answer that reached a device for which the call was over: the server passed it on without looking. */
export function answeredAfterEnd(timeline: Timeline, ruledOutBy: string): Candidate[] {
  if (timeline.begin?.adapter === undefined || failureOf(timeline) === null) return [];
  const over = new Map<string, EventOf<'wire'>>();
  /** Who had got the answer before the end: one that comes again is no late one. */
  const answered = new Set<string>();
  const found: Candidate[] = [];
  for (const event of timeline.trace) {
    if (event.type !== 'wire' || event.call === null || isEpilogue(timeline, event)) continue;
    const key = `${event.node} ${event.call}`;
    const end = over.get(key);
    if (ENDS.includes(event.kind)) over.set(key, end ?? event);
    if (event.dir !== 'in' || event.kind !== 'event.connected') continue;
    if (end === undefined) answered.add(key);
    if (end === undefined || answered.has(key)) continue;
    const accept = timeline.trace.findLast(
      (one): one is EventOf<'wire'> =>
        one.type === 'wire' && one.n < event.n && one.kind === 'command.accept' && one.call === event.call,
    );
    found.push({
      hop: SERVER,
      call: event.call,
      confidence: ANSWERED_LATE,
      summary: `The server passed an answer of call ${event.call} on to ${event.node}, for whom the call was over since ${end.kind} ${((event.at - end.at) / 1_000).toFixed(2)} s before: it does not look whether a call still stands, and whoever answered is connected alone.`,
      evidence: evidenceOf(end, accept, event),
      ruledOutBy,
      originN: end.n,
    });
  }
  return found;
}
