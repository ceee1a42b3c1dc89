/** News came in another order than they came about, and what the device shows followed that order. */

import { PHASES } from '../../protocol/call.js';
import { isEvent } from '../../protocol/message-kinds.js';
import type { EventOf } from '../../trace/event.js';
import { failureOf } from '../evidence/failing.js';
import { handedOn } from '../evidence/handed-on.js';
import { type Candidate, evidenceOf, type Rule, SURE } from '../evidence/rule.js';
import type { Timeline } from '../evidence/timeline.js';
import { owing } from '../evidence/wording.js';
import { carriedBy, type Letter } from '../history/letters.js';
import type { CallHistory } from '../history/replay.js';
import { SERVER } from '../history/replay.js';

type Wire = EventOf<'wire'>;

export const reordered: Rule = {
  code: 'reordered',
  doc: 'News reached a device in another order than they came about, and a wrong state followed from it.',
  ruledOutBy: 'the same order at both ends, or a device that showed the newest of what it had read',
  apply(timeline) {
    if (failureOf(timeline) === null) return [];
    const ofNews = timeline.replay.calls.flatMap((history) =>
      timeline.replay.devices.flatMap((device) => inDevice(timeline, history, device, this.ruledOutBy)),
    );
    return [...ofNews, ...handedOn(timeline, 'reordered', this.ruledOutBy)];
  },
};

interface Told {
  readonly wire: Wire;
  readonly version: number;
  readonly phase: string;
}

function inDevice(timeline: Timeline, history: CallHistory, device: string, ruledOutBy: string): Candidate[] {
  const letters = timeline.letters.about(device, history.call);
  const read = inversion(toldBy(letters, history.call, 'reads'));
  const written = inversion(toldBy(letters, history.call, 'writes'));
  const inverted = read ?? written;
  const backwards = regress(history, device);
  if (inverted === null || (backwards === null && !isCited(timeline, history.call, inverted))) return [];
  const [later, earlier] = inverted;
  // Where the record itself went that way, the order is as it was made.
  const isAsMade = history.server.some(({ version, phase }) => version === earlier.version && phase === earlier.phase);
  if (isAsMade && earlier.version > later.version) return [];
  // A device that knows versions has to pass over an older one: where it did not, the order was only the occasion.
  const isKnownOlder = later.version > earlier.version && backwards?.type === 'record';
  const isServer = written !== null || !timeline.replay.serverVisible;
  const hop = isKnownOlder ? device : isServer ? SERVER : `${device}.signaling`;
  const struck = [later, earlier].flatMap(({ wire }) => {
    const letter = timeline.letters.of(wire.n);
    return letter === undefined ? [] : timeline.presence.striking(letter);
  });
  const faults = struck.length > 0 ? struck : timeline.presence.atWork(device, later.wire.n, earlier.wire.n);
  const back =
    backwards === null ? '' : `, and the device went back to ${backwards.type === 'state' ? backwards.state : backwards.phase}`;
  const who =
    written !== null
      ? ': the server wrote them in this order'
      : timeline.replay.serverVisible
        ? ': their order changed on the way'
        : '';
  return [
    {
      hop,
      call: history.call,
      confidence: backwards === null ? 0.7 : SURE,
      summary: `${earlier.phase} (version ${earlier.version}) of call ${history.call} came to ${device} after ${later.phase} (version ${later.version})${back}${who}${owing(faults, struck.length > 0 ? 'struck one of them' : 'was at work on its link')}.`,
      evidence: evidenceOf(later.wire, earlier.wire, backwards, ...faults.slice(0, 2)),
      ruledOutBy,
      originN: Math.min(later.wire.n, earlier.wire.n),
    },
  ];
}

/** The first telling of each version by events of their own; answers and greetings repeat what is known. */
function toldBy(letters: readonly Letter[], call: string, end: 'reads' | 'writes'): Told[] {
  const seen = new Set<number>();
  return letters
    .flatMap((letter) => letter[end].slice(0, 1))
    .filter(({ kind }) => isEvent(kind))
    .sort((a, b) => a.n - b.n)
    .flatMap((wire) =>
      carriedBy(wire).flatMap(({ id, version, fields }) =>
        id === call ? [{ wire, version, phase: String(fields['phase']) }] : [],
      ),
    )
    .filter(({ version }) => !seen.has(version) && seen.add(version));
}

/** The first that is older, by its version or by its phase, than what was told before it: `[later, earlier]`. */
function inversion(told: readonly Told[]): readonly [Told, Told] | null {
  let newest: Told | null = null;
  for (const one of told) {
    if (newest !== null && (one.version < newest.version || rankOf(one.phase) < rankOf(newest.phase))) return [newest, one];
    newest = one;
  }
  return null;
}

const rankOf = (phase: string): number => (PHASES as readonly string[]).indexOf(phase);

/** What the device applied, or showed, that was older than what it had before; null when it only went forward. */
function regress(history: CallHistory, device: string): EventOf<'record'> | EventOf<'state'> | null {
  const applied = history.applied.get(device) ?? [];
  const back = applied.find((event, i) => event.version < (applied[i - 1]?.version ?? 0));
  if (back !== undefined) return back;
  const views = (history.shown.get(device) ?? []).filter(({ state }) => state !== 'idle');
  return views.find((view, i) => rankOf(view.state) < rankOf(views[i - 1]?.state ?? view.state)) ?? null;
}

/** Whether a checker names one of the two frames, or something that came of them, in its proof. */
function isCited({ complaints, index }: Timeline, call: string, [later, earlier]: readonly [Told, Told]): boolean {
  const wires = new Set([later.wire.n, earlier.wire.n]);
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
