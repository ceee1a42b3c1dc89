/** The frame left the device, and the server never received it, or never acknowledged it. */
import { ASK_THE_SERVER } from '../evidence/black-box.js';
import { failureOf, hadTime, isEpilogue } from '../evidence/failing.js';
import { type Candidate, evidenceOf, type Rule, SURE } from '../evidence/rule.js';
import type { Timeline } from '../evidence/timeline.js';
import { owing } from '../evidence/wording.js';
import { type Deed, isMoot, unsentAfter, unsentOf } from '../history/deeds.js';
import type { Moment } from '../history/gaps.js';

export const lostUplink: Rule = {
  code: 'lost-uplink',
  doc: 'The frame left the device, and the server never received or never acknowledged it; or the device had no connection to send it over.',
  ruledOutBy: "the command in the server's log",
  apply(timeline) {
    const failure = failureOf(timeline);
    if (failure === null) return [];
    const { presence, replay } = timeline;
    const said = timeline.deeds.flatMap((deed): Candidate[] => {
      const { op, letter, heard, acknowledged } = deed;
      if (!hadTime(timeline, op, failure) || isEpilogue(timeline, op) || isMoot(replay, deed)) return [];
      const isHeard = replay.serverVisible
        ? heard !== null && !isEpilogue(timeline, heard)
        : acknowledged !== null || hadEffect(timeline, deed);
      if (isHeard) return [];
      const base = { hop: `${op.node}.signaling`, call: op.call, originN: op.n } as const;
      if (letter === null) {
        const cuts = presence.atWork(op.node, op.n, failure.n);
        const unwritten = unsentOf(timeline, deed);
        if (unwritten === null && (presence.goneUntil(op.node, op.n) <= failure.n || cuts.length === 0)) return [];
        const summary = `"${op.action}" of ${op.node} in call ${op.call} never left the device, which had no connection${owing(cuts, 'kept it away')}.`;
        return [
          {
            ...base,
            confidence: 0.85,
            summary,
            evidence: evidenceOf(op, unwritten, ...cuts.slice(0, 3), failure),
            ruledOutBy: this.ruledOutBy,
          },
        ];
      }
      const struck = presence.striking(letter);
      const [first] = letter.writes;
      const around = struck.length > 0 ? struck : presence.atWork(op.node, first?.n ?? op.n, failure.n);
      const times = letter.writes.length === 1 ? 'once' : `${letter.writes.length} times`;
      const what = replay.serverVisible ? 'and the server never received it' : 'and nothing shows that the server has it';
      const share = struck.length > 0 ? 0.9 : around.length > 0 ? 0.7 : 0.4;
      return [
        {
          ...base,
          confidence: replay.serverVisible ? SURE : share,
          summary: `${op.node} wrote ${first?.kind ?? op.action} of call ${op.call} ${times}, ${what}${owing(around, struck.length > 0 ? 'struck it' : 'was at work on its link')}.`,
          evidence: evidenceOf(op, ...letter.writes.slice(0, 3), ...around.slice(0, 3), failure),
          ruledOutBy: replay.serverVisible ? this.ruledOutBy : ASK_THE_SERVER,
        },
      ];
    });
    return [...said, ...untoldRinging(timeline, failure, this.ruledOutBy)];
  },
};

/** The app of the callee says by itself that it rings, once: without a connection nobody hears it. */
function untoldRinging(timeline: Timeline, failure: Moment, ruledOutBy: string): Candidate[] {
  const { presence, replay } = timeline;
  if (timeline.begin?.adapter === undefined) return [];
  return replay.calls.flatMap((history): Candidate[] => {
    const { caller, call } = history;
    const told = caller === null ? [] : (history.shown.get(caller) ?? []).filter(({ n }) => n <= failure.n);
    if (caller === null || told.some(({ state }) => state === 'ringing' || state === 'connected')) return [];
    const rings = [...history.shown]
      .flatMap(([device, views]) => (device === caller ? [] : views))
      .find(({ state }) => state === 'ringing');
    const unwritten =
      rings === undefined ? null : unsentAfter(replay, rings.node, (kind) => kind === 'command.ring', told[0]?.n ?? 0);
    if (rings === undefined || unwritten === null || unwritten.n > failure.n) return [];
    const { node } = rings;
    const cuts = presence.atWork(node, 0, unwritten.n);
    return [
      {
        hop: `${node}.signaling`,
        call,
        confidence: SURE,
        summary: `${node} rang in call ${call} and could not say so: it had no connection${owing(cuts, 'kept it away')}, and did not say it again. ${caller} never showed that it rings.`,
        evidence: evidenceOf(...cuts.slice(0, 3), unwritten, rings, failure),
        ruledOutBy,
        originN: unwritten.n,
      },
    ];
  });
}

/** What devices of the other side show only when the command got through. */
const EFFECTS: Readonly<Record<string, readonly string[]>> = {
  call: ['inviting', 'ringing', 'connected', 'ended'],
  accept: ['connected'],
  reject: ['ended'],
  cancel: ['ended'],
  'hang up': ['ended'],
};

function hadEffect(timeline: Timeline, { op }: Deed): boolean {
  const views = [...(timeline.histories.get(op.call ?? '')?.shown.values() ?? [])].flat();
  return views.some(
    (view) =>
      view.node !== op.node && view.n > op.n && (EFFECTS[op.action] ?? []).includes(view.state) && !isEpilogue(timeline, view),
  );
}
