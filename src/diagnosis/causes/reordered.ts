/** News came in another order than they came about, and what the device shows followed that order. */

import { PHASES } from '../../protocol/call.js';
import type { EventOf } from '../../trace/event.js';
import type { CallHistory } from '../../trace/replay.js';
import { SERVER } from '../../trace/replay.js';
import { failureOf } from '../failing.js';
import { carriedBy, type Letter } from '../letters.js';
import { type Candidate, evidenceOf, type Rule, SURE } from '../rule.js';
import type { Timeline } from '../timeline.js';
import { owing } from '../wording.js';

type Wire = EventOf<'wire'>;

export const reordered: Rule = {
  code: 'reordered',
  doc: 'News reached a device in another order than they came about, and a wrong state followed from it.',
  ruledOutBy: 'the same order at both ends, or a device that showed the newest of what it had read',
  apply(timeline) {
    if (failureOf(timeline) === null) return [];
    return timeline.replay.calls.flatMap((history) =>
      timeline.replay.devices.flatMap((device) => inDevice(timeline, history, device, this.ruledOutBy)),
    );
  },
};

interface Told {
  readonly wire: Wire;
  readonly version: number;
}

function inDevice(timeline: Timeline, history: CallHistory, device: string, ruledOutBy: string): Candidate[] {
  const letters = timeline.letters.down.get(device) ?? [];
  const read = inversion(toldBy(letters, history.call, 'reads'));
  const written = inversion(toldBy(letters, history.call, 'writes'));
  const inverted = read ?? written;
  const backwards = regress(history, device);
  if (inverted === null || (backwards === null && !isCited(timeline, history.call, inverted))) return [];
  const hop = written !== null || !timeline.replay.serverVisible ? SERVER : `${device}.signaling`;
  const [newer, older] = inverted;
  const faults = timeline.presence.atWork(device, newer.wire.n, older.wire.n);
  return [
    {
      hop,
      call: history.call,
      confidence: backwards === null ? 0.7 : SURE,
      summary: `Version ${older.version} of call ${history.call} came to ${device} after version ${newer.version}${backwards === null ? '' : `, and the device went back to ${backwards.type === 'view' ? backwards.state : backwards.phase}`}${hop === SERVER ? ': the server wrote them in this order' : ': the link changed their order'}${owing(faults, 'was at work on its link')}.`,
      evidence: evidenceOf(newer.wire, older.wire, backwards, ...faults.slice(0, 2)),
      ruledOutBy,
      originN: Math.min(newer.wire.n, older.wire.n),
    },
  ];
}

/** The first telling of each version by events of their own; answers and greetings repeat what is known. */
function toldBy(letters: readonly Letter[], call: string, end: 'reads' | 'writes'): Told[] {
  const seen = new Set<number>();
  return letters
    .flatMap((letter) => letter[end].slice(0, 1))
    .filter(({ kind }) => /^event\b/.test(kind))
    .sort((a, b) => a.n - b.n)
    .flatMap((wire) => carriedBy(wire).flatMap(({ id, version }) => (id === call ? [{ wire, version }] : [])))
    .filter(({ version }) => !seen.has(version) && seen.add(version));
}

/** The first older version that comes after a newer one: `[newer, older]`. */
function inversion(told: readonly Told[]): readonly [Told, Told] | null {
  let newest: Told | null = null;
  for (const one of told) {
    if (newest !== null && one.version < newest.version) return [newest, one];
    newest = one;
  }
  return null;
}

/** What the device applied, or showed, that was older than what it had before; null when it only went forward. */
function regress(history: CallHistory, device: string): EventOf<'phase'> | EventOf<'view'> | null {
  const applied = history.applied.get(device) ?? [];
  const back = applied.find((event, i) => event.version < (applied[i - 1]?.version ?? 0));
  if (back !== undefined) return back;
  const views = (history.shown.get(device) ?? []).filter(({ state }) => state !== 'idle');
  const rank = (view: EventOf<'view'>): number => (PHASES as readonly string[]).indexOf(view.state);
  return views.find((view, i) => i > 0 && rank(view) < rank(views[i - 1] ?? view)) ?? null;
}

/** Whether a checker names one of the two frames, or something that came of them, in its proof. */
function isCited({ complaints, index }: Timeline, call: string, [newer, older]: readonly [Told, Told]): boolean {
  const wires = new Set([newer.wire.n, older.wire.n]);
  return complaints
    .filter(({ checker }) => checker === 'legal-moves' || checker === 'exactly-once')
    .some(({ finding }) =>
      finding.evidence.some((n) => {
        const event = index.get(n);
        return (
          wires.has(n) ||
          (event !== undefined && 'call' in event && event.call === call && event.cause !== null && wires.has(event.cause))
        );
      }),
    );
}
