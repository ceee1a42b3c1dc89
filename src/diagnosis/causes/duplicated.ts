/** Something came, or was done, twice, and a change followed from the second time. */
import type { EventOf, TraceEvent } from '../../trace/event.js';
import { SERVER } from '../../trace/replay.js';
import { type Candidate, evidenceOf, LIKELY, type Rule, SURE } from '../rule.js';
import type { Timeline } from '../timeline.js';
import { owing } from '../wording.js';

export const duplicated: Rule = {
  code: 'duplicated',
  doc: 'Something arrived more often than it was meant to, and something changed by it a second time.',
  ruledOutBy: 'two actions of the user, or one change only',
  apply(timeline) {
    return timeline.complaints
      .filter(({ checker }) => checker === 'exactly-once')
      .flatMap(({ finding }): Candidate[] => {
        const events = finding.evidence.flatMap((n) => timeline.index.get(n) ?? []);
        const last = events.at(-1);
        if (last === undefined) return [];
        const wires = [...new Set(events.flatMap((event) => wireBehind(timeline, event) ?? []))].filter(
          ({ node }) => node === last.node,
        );
        const faults = wires.flatMap((wire) => {
          const letter = timeline.letters.of(wire.n);
          return letter === undefined
            ? []
            : timeline.presence.striking(letter).filter(({ fault }) => /duplicate|reorder/.test(fault));
        });
        const letters = new Set(wires.map(({ n }) => timeline.letters.of(n)));
        const node = last.node;
        const isTwoLetters = node !== SERVER && wires.length > 1 && letters.size > 1;
        return [
          {
            hop: isTwoLetters ? SERVER : node,
            call: 'call' in last ? last.call : null,
            confidence: wires.length > 1 ? SURE : LIKELY,
            summary: `${finding.message}: ${isTwoLetters ? 'the server sent it twice' : `${node} did not know the second copy for one`}${owing([...new Set(faults)], 'made the copy')}.`,
            evidence: evidenceOf(...finding.evidence, ...wires, ...faults.slice(0, 2)),
            ruledOutBy: this.ruledOutBy,
            originN: events[0]?.n ?? last.n,
          },
        ];
      });
  },
};

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
