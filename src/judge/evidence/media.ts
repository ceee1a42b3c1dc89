/** How the media of a talk did on each side, and where its signals got to. */

import { isSignal } from '../../protocol/message-kinds.js';
import { type EventOf, eventsOf } from '../../trace/event.js';
import { isObject, type Letter } from '../history/letters.js';
import { SERVER } from '../history/replay.js';
import { type Talk, talksOf } from '../history/talk.js';
import type { Timeline } from './timeline.js';

export interface Hearing {
  readonly device: string;
  readonly hears: boolean;
  /** The furthest stage that was reached or failed; null before ICE began. */
  readonly stage: EventOf<'media'>['stage'];
  readonly last: EventOf<'media'> | null;
  /** The last event with figures. */
  readonly measured: EventOf<'media'> | null;
}

/** Media that stayed as it is for this long, in milliseconds, will not come up by itself. */
const SETTLED_MS = 5_000;

/** A talk with media on one side at most, and what each side heard. */
export interface Silence {
  readonly talk: Talk;
  readonly sides: readonly [Hearing, Hearing];
}

/** The talks that a checker found without sound on a side. */
export function silencesOf(timeline: Timeline): Silence[] {
  const cited = new Set(
    timeline.complaints.filter(({ checker }) => checker === 'media').flatMap(({ finding }) => finding.evidence),
  );
  if (cited.size === 0) return [];
  return talksOf(timeline.replay)
    .filter(({ evidence }) => evidence.every((n) => cited.has(n)))
    .map((talk) => ({
      talk,
      sides: [hearingOf(timeline, talk, talk.sides[0]), hearingOf(timeline, talk, talk.sides[1])] as const,
    }))
    .filter(({ sides }) => sides.some(({ hears }) => !hears))
    .filter(({ sides }) => !isUnderWay(timeline, sides));
}

/** Where the trace was cut, media that changed a moment ago may be about to change again. */
function isUnderWay({ trace }: Timeline, sides: readonly Hearing[]): boolean {
  const last = trace.at(-1);
  if (last === undefined || eventsOf(trace, 'mark').some(({ name }) => name === 'quiesced')) return false;
  return sides.some(({ last: event, hears }) => !hears && event !== null && last.at - event.at < SETTLED_MS);
}

function hearingOf({ trace }: Timeline, { history, toN }: Talk, device: string): Hearing {
  const mine = eventsOf(trace, 'media').filter(({ node, call }) => node === device && call === history.call);
  const during = mine.filter(({ n }) => n < toN);
  const last = during.at(-1) ?? null;
  const flowed = during.some(({ state }) => state === 'flowing');
  return {
    device,
    hears: flowed && last?.state !== 'stalled' && last?.state !== 'failed',
    stage: during.findLast(({ stage }) => stage !== null)?.stage ?? null,
    last,
    measured: mine.findLast(({ stats }) => stats !== null) ?? null,
  };
}

/** Signals of a call that did not get through, and where they stopped. */
export interface LostSignals {
  readonly hop: string;
  readonly from: string;
  readonly letters: readonly Letter[];
  /** Such as `2 signal.candidate`. */
  readonly words: string;
}

/** Signals that stopped on the way from one side to the other, before the talk was over. */
export function lostSignals(timeline: Timeline, { talk }: Silence): LostSignals[] {
  if (!timeline.replay.serverVisible || timeline.isFromLog) return [];
  const passedOn = new Set(
    eventsOf(timeline.trace, 'wire').flatMap(({ node, dir, cause }) =>
      node === SERVER && dir === 'out' && cause !== null ? [cause] : [],
    ),
  );
  return talk.sides.flatMap((device, i): LostSignals[] => {
    const other = talk.sides[1 - i] ?? device;
    const isMine = ({ writes, reads }: Letter): boolean => {
      const wire = writes[0] ?? reads[0];
      return wire !== undefined && isSignal(wire.kind) && wire.call === talk.history.call && wire.n < talk.toN;
    };
    const sent = (timeline.letters.up.get(device) ?? []).filter(isMine);
    const brought = (timeline.letters.down.get(other) ?? []).filter(isMine);
    const lost = (hop: string, letters: readonly Letter[]): LostSignals[] =>
      letters.length === 0 ? [] : [{ hop, from: device, letters, words: countWords(letters) }];
    return [
      ...lost(
        `${device}.signaling`,
        sent.filter(({ reads }) => reads.length === 0),
      ),
      ...lost(
        SERVER,
        sent.filter(({ reads }) => reads.length > 0 && !reads.some(({ n }) => passedOn.has(n))),
      ),
      ...lost(
        `${other}.signaling`,
        brought.filter(({ reads }) => reads.length === 0),
      ),
    ];
  });
}

/** The kinds of candidates that a side sent, such as `host srflx`, and what its description was. */
export function offeredBy(timeline: Timeline, { talk }: Silence, device: string): string {
  const wires = (timeline.letters.up.get(device) ?? [])
    .flatMap(({ writes }) => writes.slice(0, 1))
    .filter(({ kind, call }) => isSignal(kind) && call === talk.history.call);
  const candidates = wires.filter(({ kind }) => kind === 'signal.candidate');
  const types = new Set(
    candidates.flatMap(({ frame }) => {
      const data = isObject(frame) ? frame['data'] : undefined;
      const text = isObject(data) && typeof data['candidate'] === 'string' ? data['candidate'] : '';
      const words = text.split(' ');
      return words[words.indexOf('typ', 1) + 1] ?? [];
    }),
  );
  const descriptions = (['offer', 'answer', 'description'] as const).filter((what) =>
    wires.some(({ kind }) => kind === `signal.${what}`),
  );
  const described = descriptions.length === 0 ? 'no description' : descriptions.join(' and ');
  return `${device} sent ${described} and ${candidates.length} candidates${types.size === 0 ? '' : ` (${[...types].join(' ')})`}`;
}

function countWords(letters: readonly Letter[]): string {
  const kinds = letters.map(({ writes, reads }) => (writes[0] ?? reads[0])?.kind ?? '');
  return [...new Set(kinds)].map((kind) => `${kinds.filter((one) => one === kind).length} ${kind}`).join(' and ');
}
