/** The way of one piece of news to one device: written for it, read, applied, shown; and how far it came. */
import { viewOf } from '../../protocol/call.js';
import { isEvent, phaseOf } from '../../protocol/message-kinds.js';
import type { EventOf, TraceEvent } from '../../trace/event.js';
import { type Carried, carriedBy, isAltered, type Letter, type Letters } from './letters.js';
import type { News } from './news.js';
import { addressFrom, type CallHistory, type Replay, SERVER, sameView } from './replay.js';

type Wire = EventOf<'wire'>;

/** How far news came; `unseen` is a black box from which nothing was read: whether it was written is not known. */
export type Stage = 'unwritten' | 'unseen' | 'unread' | 'altered' | 'unapplied' | 'unshown' | 'shown';

export interface Journey {
  readonly news: News;
  readonly device: string;
  readonly stage: Stage;
  /** The letters to the device that carry this news or newer ones of the call. */
  readonly letters: readonly Letter[];
  /** The first write and the first read of them that are as they should be. */
  readonly written: Wire | null;
  readonly read: Wire | null;
  /** A write or a read that carries something else than it should. */
  readonly altered: Wire | null;
  readonly applied: EventOf<'record'> | null;
  readonly shown: EventOf<'state'> | null;
}

export interface Ground {
  readonly replay: Replay;
  readonly letters: Letters;
  readonly index: ReadonlyMap<number, TraceEvent>;
}

/** Follows news to a device up to event `untilN`. */
export function journeyOf(ground: Ground, history: CallHistory, news: News, device: string, untilN: number): Journey {
  const meant = ground.letters
    .about(device, news.call)
    .filter((letter) => [...letter.writes, ...letter.reads].some((wire) => wire.n <= untilN && isAbout(ground, wire, news)));
  const written = firstOf(meant, 'writes', untilN, (letter, wire) => isSound(ground, letter, wire, news));
  const read = firstOf(meant, 'reads', untilN, (letter, wire) => isSound(ground, letter, wire, news));
  const altered =
    firstOf(meant, 'writes', untilN, (letter, wire) => !isSound(ground, letter, wire, news)) ??
    firstOf(meant, 'reads', untilN, (letter, wire) => isAltered(letter, wire));
  const applied =
    history.applied.get(device)?.find((event) => event.n <= untilN && news.version !== null && event.version >= news.version) ??
    null;
  const shown =
    history.shown
      .get(device)
      ?.find((view) => view.n <= untilN && view.n >= (applied?.n ?? news.n) && tells(view, news, device)) ?? null;
  const stage = ((): Stage => {
    if (shown !== null) return 'shown';
    if (applied !== null) return 'unshown';
    if (read !== null) return 'unapplied';
    if (altered !== null) return 'altered';
    if (written !== null) return 'unread';
    return ground.replay.serverVisible ? 'unwritten' : 'unseen';
  })();
  return { news, device, stage, letters: meant, written, read, altered, applied, shown };
}

/** Whether a frame was made to bring this news or newer ones of the same call, whatever stands in it. */
function isAbout(ground: Ground, wire: Wire, news: News): boolean {
  // One of several messages that say it together says nothing by itself, and a description is no answer.
  if (news.version === null) return wire.n > news.n && wire.call === news.call && phaseOf(wire.kind) === news.phase;
  const behind = changeBehind(ground, wire);
  if (behind !== null && behind.call === news.call) return behind.version >= news.version;
  return carriedBy(wire).some(({ id, version }) => id === news.call && version >= (news.version ?? 0));
}

/** The change that a frame tells of, by the chain of causes. */
function changeBehind({ index }: Ground, wire: Wire): EventOf<'record'> | null {
  const write = wire.dir === 'in' && wire.cause !== null ? index.get(wire.cause) : wire;
  if (write?.type !== 'wire' || write.cause === null || !isEvent(write.kind)) return null;
  const change = index.get(write.cause);
  return change?.type === 'record' && change.node === SERVER ? change : null;
}

/** Whether a frame brings the record as it was made: of the same call, and with the same fields. */
function isSound(ground: Ground, letter: Letter, wire: Wire, news: News): boolean {
  if (wire.dir === 'in' && isAltered(letter, wire)) return false;
  const carried = carriedBy(wire);
  if (carried.length === 0 || news.record === null) return isAbout(ground, wire, news);
  const mine = carried.filter(({ id, version }) => id === news.call && version >= (news.version ?? 0));
  return mine.some((one) => one.version !== news.version || flawsOf(one, news).length === 0);
}

/** The fields in which a carried record differs from the one that was made; what redaction hides is not compared. */
export function flawsOf(carried: Carried, news: News): string[] {
  if (news.record === null || (carried.id === news.call && carried.version !== news.version)) return [];
  return Object.entries(news.record).flatMap(([field, made]) => {
    const brought = carried.fields[field];
    return isSame(made, brought) ? [] : [field];
  });
}

function isSame(a: unknown, b: unknown): boolean {
  if (typeof b === 'string' && b.startsWith('redacted(')) return true;
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return a === b;
  return Object.keys({ ...a, ...b }).every((key) =>
    isSame((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  );
}

/** Whether a view is what the news mean for this device, or newer. */
function tells(view: EventOf<'state'>, news: News, device: string): boolean {
  if (news.record === null) return view.state === news.phase || view.state === 'ended';
  if ((view.version ?? 0) > (news.version ?? 0)) return true;
  return sameView(view, viewOf(news.record, addressFrom(device)));
}

function firstOf(
  letters: readonly Letter[],
  end: 'writes' | 'reads',
  untilN: number,
  fits: (letter: Letter, wire: Wire) => boolean,
): Wire | null {
  return (
    letters
      .flatMap((letter) => letter[end].filter((wire) => wire.n <= untilN && fits(letter, wire)))
      .sort((a, b) => a.n - b.n)[0] ?? null
  );
}
