/** It arrived, or was applied or shown, beyond its limit: says which hop cost the time. */
import type { TraceEvent } from '../../trace/event.js';
import { type Stretch, slowest, stretchesOf } from '../evidence/delays.js';
import { failureOf } from '../evidence/failing.js';
import { timersApart } from '../evidence/late-answer.js';
import { type Candidate, evidenceOf, LIKELY, type Rule } from '../evidence/rule.js';
import type { Timeline } from '../evidence/timeline.js';
import { newsWords, owing, took } from '../evidence/wording.js';
import { LATE_MS } from '../history/gaps.js';
import { journeyOf } from '../history/journey.js';
import { newsOf } from '../history/news.js';
import { SERVER } from '../history/replay.js';
import { timingsOf } from '../history/timings.js';

/** How sure it is when the hop that cost the time took most of it. */
const CLEAR = 0.9;

export const appliedLate: Rule = {
  code: 'applied-late',
  doc: 'It arrived, or was applied or shown, but beyond its limit: the diagnosis names the hop that cost the time.',
  ruledOutBy: 'a limit that the wait is meant to exceed, or a pause of the probe itself at that time',
  apply(timeline) {
    const healed = timeline.gaps.flatMap((gap): Candidate[] => {
      if (gap.healed === null) return [];
      const { journey, history, device } = gap;
      const { by, lateMs } = gap.healed;
      // Followed once more, up to the view by which it came right.
      return tardy(
        timeline,
        journeyOf(timeline, history, journey.news, device, by.n),
        by,
        lateMs,
        [gap.moment.event],
        this.ruledOutBy,
      );
    });
    return [
      ...healed,
      ...slowTimings(timeline, this.ruledOutBy),
      ...lateCommands(timeline, this.ruledOutBy),
      ...timersApart(timeline, this.ruledOutBy),
    ];
  },
};

/** Waits that a checker found too long. */
function slowTimings(timeline: Timeline, ruledOutBy: string): Candidate[] {
  const tooSlow = timeline.complaints.filter(({ checker, finding }) => checker === 'latency' && finding.late !== undefined);
  const cited = new Set(tooSlow.flatMap(({ finding }) => finding.evidence));
  if (cited.size === 0) return [];
  return timingsOf(timeline.trace).flatMap(({ call, from, to, ms }): Candidate[] => {
    const shown = to === null || !cited.has(to) || !cited.has(from) ? undefined : timeline.index.get(to);
    const history = timeline.histories.get(call);
    if (shown === undefined || history === undefined || ms === null) return [];
    const news = newsOf(timeline.replay, timeline.index, history);
    const told = news.findLast(({ op }) => op?.n === from) ?? news.findLast(({ n }) => n <= shown.n);
    if (told === undefined) return [];
    return tardy(timeline, journeyOf(timeline, history, told, shown.node, shown.n), shown, ms, [], ruledOutBy);
  });
}

function tardy(
  timeline: Timeline,
  journey: ReturnType<typeof journeyOf>,
  shown: TraceEvent,
  lateMs: number,
  also: readonly TraceEvent[],
  ruledOutBy: string,
): Candidate[] {
  const { news, device } = journey;
  const deed = timeline.deeds.find(({ op }) => op.n === news.op?.n) ?? null;
  const stretches = stretchesOf(deed, journey, shown);
  const worst = slowest(stretches);
  const wholeMs = stretches.reduce((sum, { ms }) => sum + ms, 0);
  if (worst === null || worst.ms < LATE_MS / 2) return [];
  const letter = worst.to.type === 'wire' ? timeline.letters.of(worst.to.n) : undefined;
  const struck = letter === undefined ? [] : timeline.presence.striking(letter);
  const faults = struck.length > 0 ? struck : timeline.presence.atWork(worst.node, worst.from.n, worst.to.n);
  const isAcross = !timeline.replay.serverVisible && worst.to.type === 'wire' && worst.from.node !== worst.to.node;
  const hop = isAcross ? hopAcross(timeline, worst) : worst.hop;
  const copies = letter !== undefined && letter.writes.length > 1 ? `, which took ${letter.writes.length} writes` : '';
  return [
    {
      hop,
      call: news.call,
      confidence: worst.ms * 2 >= wholeMs ? CLEAR : LIKELY,
      summary: `${newsWords(news)} of call ${news.call} was shown by ${device} ${took(lateMs)} after it happened; ${took(worst.ms)} of ${took(wholeMs)} went by at ${hop}${copies}${owing(faults, struck.length > 0 ? 'struck it' : 'was at work there')}.`,
      evidence: evidenceOf(deed?.op, news, worst.from, worst.to, shown, ...faults.slice(0, 3), ...also),
      ruledOutBy,
      originN: deed?.op.n ?? news.n,
    },
  ];
}

/** Where time went between two devices with nothing to see of the server: at the one whose link the probe was at work on, else there. */
function hopAcross({ presence }: Timeline, { from, to }: Stretch): string {
  const own = [from, to].find(({ node }) => presence.atWork(node, from.n, to.n).some((fault) => fault.node !== SERVER));
  return own === undefined ? SERVER : `${own.node}.signaling`;
}

/** Commands that the server had only long after the user acted, in a run in which something did not come in time. */
function lateCommands(timeline: Timeline, ruledOutBy: string): Candidate[] {
  const failure = failureOf(timeline);
  if (failure === null) return [];
  return timeline.deeds.flatMap(({ op, letter, heard }): Candidate[] => {
    const [first] = letter?.writes ?? [];
    if (heard === null || first === undefined || letter === null || op.n > failure.n) return [];
    const lateMs = heard.at - op.at;
    if (lateMs <= LATE_MS || !awaits(timeline, op.n, heard.n)) return [];
    const isHeld = first.at - op.at > heard.at - first.at;
    const struck = timeline.presence.striking(letter);
    const faults = struck.length > 0 ? struck : timeline.presence.atWork(op.node, op.n, heard.n);
    return [
      {
        hop: isHeld ? op.node : `${op.node}.signaling`,
        call: op.call,
        confidence: CLEAR,
        summary: `"${op.action}" of ${op.node} in call ${op.call} reached the server ${took(lateMs)} after the user did it${isHeld ? ': the device held it back' : `, with ${letter.writes.length} writes`}${owing(faults, struck.length > 0 ? 'struck it' : 'was at work on its link')}.`,
        evidence: evidenceOf(op, first, heard, ...faults.slice(0, 3), failure),
        ruledOutBy,
        originN: op.n,
      },
    ];
  });
}

/** Whether an expectation failed while the command was under way, or soon after it was there. */
function awaits({ index, marks }: Timeline, fromN: number, toN: number): boolean {
  const to = index.get(toN);
  return marks.some(({ name, ok, n, at }) => name === 'expect' && ok === false && n > fromN && at <= (to?.at ?? 0) + LATE_MS);
}
