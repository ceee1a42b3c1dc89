/** Something came, or was done, twice, and a change followed from the second time. */
import { isEvent } from '../../protocol/message-kinds.js';
import type { EventOf, TraceEvent } from '../../trace/event.js';
import { handedOn } from '../evidence/handed-on.js';
import { type Candidate, evidenceOf, type Rule, SURE } from '../evidence/rule.js';
import type { Timeline } from '../evidence/timeline.js';
import { owing } from '../evidence/wording.js';
import { SERVER } from '../history/replay.js';

export const duplicated: Rule = {
  code: 'duplicated',
  doc: 'Something arrived more often than it was meant to, and something changed by it a second time.',
  ruledOutBy: 'two actions of the user, or one change only',
  apply(timeline) {
    const { ruledOutBy } = this;
    return [
      ...copied(timeline, ruledOutBy),
      ...changedAgain(timeline, ruledOutBy),
      ...handedOn(timeline, 'duplicated', ruledOutBy),
    ];
  },
};

function copied(timeline: Timeline, ruledOutBy: string): Candidate[] {
  return timeline.complaints
    .filter(({ checker }) => checker === 'exactly-once')
    .flatMap(({ finding }): Candidate[] => {
      const events = finding.evidence.flatMap((n) => timeline.index.get(n) ?? []);
      const last = events.at(-1);
      if (last === undefined) return [];
      const { node } = last;
      const behind = events.flatMap((event) => wireBehind(timeline, event) ?? []).filter((wire) => wire.node === node);
      const wires = [...new Set(behind)];
      const faults = wires.flatMap((wire) => {
        const letter = timeline.letters.of(wire.n);
        return letter === undefined ? [] : timeline.presence.striking(letter);
      });
      const [a, b] = wires;
      const isSame = a !== undefined && b !== undefined && a.kind === b.kind && a.call === b.call;
      // An event of its own for each is what the server sent; an answer and an event about the same are as they should be.
      const isTwoEvents = isSame && isEvent(a.kind) && timeline.letters.of(a.n) !== timeline.letters.of(b.n);
      const hop = node !== SERVER && isTwoEvents ? SERVER : node;
      const isAppliedTwice = events.every((event) => event.type === 'record' && event.node === node);
      return [
        {
          hop,
          call: 'call' in last ? last.call : null,
          confidence: isSame ? SURE : isAppliedTwice ? 0.7 : 0.5,
          summary: `${finding.message}: ${hop !== node ? 'the server sent it twice' : `${node} did not know the second copy for one`}${owing([...new Set(faults)], 'made the copy')}.`,
          evidence: evidenceOf(...finding.evidence, ...wires, ...faults.slice(0, 2)),
          ruledOutBy,
          originN: events[0]?.n ?? last.n,
        },
      ];
    });
}

/** The server made the same move twice: the record is a version further and in the same phase. */
function changedAgain(timeline: Timeline, ruledOutBy: string): Candidate[] {
  return timeline.replay.calls.flatMap(({ call, server }) =>
    server.flatMap((change, i): Candidate[] => {
      const before = server[i - 1];
      if (before === undefined || change.version <= before.version || change.phase !== before.phase) return [];
      const commands = [before, change].flatMap((event) => wireBehind(timeline, event) ?? []);
      return [
        {
          hop: SERVER,
          call,
          confidence: SURE,
          summary: `The server made call ${call} ${change.phase} a second time (version ${change.version} after ${before.version})${commands.length < 2 ? '' : `, by ${commands.at(-1)?.kind} that came again`}.`,
          evidence: evidenceOf(...commands, before, change),
          ruledOutBy,
          originN: change.n,
        },
      ];
    }),
  );
}

/** The frame that led to an event at its node; the event itself where it is one that was read. */
function wireBehind({ index }: Timeline, event: TraceEvent): EventOf<'wire'> | null {
  let at: TraceEvent | undefined = event;
  for (let before = Infinity; at !== undefined && at.n < before && at.node === event.node; ) {
    if (at.type === 'wire' && at.dir === 'in') return at;
    before = at.n;
    at = at.cause === null ? undefined : index.get(at.cause);
  }
  return null;
}
