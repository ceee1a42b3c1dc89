/** What a black box cannot deny: which messages its end of a connection has read, and until when it had written nothing more. */
import type { MessageKind } from '../../protocol/message-kinds.js';
import { isEndingCommand, wholeOf } from '../../protocol/message-kinds.js';
import type { EventOf, TraceEvent } from '../../trace/event.js';
import { listIn } from '../../trace/grouping.js';
import { within } from './by-number.js';
import { type History, perHistory, userOf } from './history.js';
import { presenceOf } from './presence.js';
import { seconds } from './wording.js';

type Wire = EventOf<'wire'>;

/** An event that proves something, and how, as a part of a sentence. */
export interface Proof {
  readonly event: TraceEvent;
  /** `it answered a ping sent after it`. */
  readonly because: string;
}

export interface Evidence {
  /** Why the other end must have read a message that a device wrote; null where nothing proves it. */
  readOf(wire: Wire): Proof | null;
  /**
   * The last pong of a device's connection whose ping left after event `fromN` and that came by event `untilN`: up to that ping
   * the other end had written nothing that the device has not read. Null without one.
   */
  quietUntil(device: string, fromN: number, untilN: number): EventOf<'receipt'> | null;
  /** What disturbed the link of a device between two events: the probe's faults on it, or the end of a connection. */
  troubleOn(device: string, fromN: number, untilN: number): readonly TraceEvent[];
  /** The reply by which the server refused a message: one that says so, on the same connection, before anything else was asked. */
  refusalOf(wire: Wire): Wire | null;
}

/** What the other side reads of a command. */
const EFFECTS: Readonly<Partial<Record<MessageKind, MessageKind>>> = {
  'command.invite': 'event.inviting',
  'command.ring': 'event.ringing',
  'command.accept': 'event.connected',
  'command.reject': 'event.ended',
  'command.cancel': 'event.ended',
  'command.hangup': 'event.ended',
};

/** The reason that the other side reads of a command that ends a call. */
const ENDS_AS: Readonly<Partial<Record<MessageKind, string>>> = {
  'command.reject': 'rejected',
  'command.cancel': 'cancelled',
  'command.hangup': 'hangup',
};

/** A reply to a message comes within this time, in milliseconds, where no receipt bounds it. */
const REPLY_MS = 1_000;

export const evidenceIn = perHistory((history): Evidence => {
  const covered = new Map<number, EventOf<'receipt'>>();
  for (const receipt of history.receipts) for (const n of receipt.covers) if (!covered.has(n)) covered.set(n, receipt);
  const pongs = new Map<string, EventOf<'receipt'>[]>();
  for (const receipt of history.receipts) if (receipt.by === 'pong') listIn(pongs, receipt.node).push(receipt);

  const troubleOn = (device: string, fromN: number, untilN: number): readonly TraceEvent[] => {
    const faults = presenceOf(history)
      .activeOn(device, fromN, untilN)
      .filter(({ node, layer }) => !history.isServer(node) && layer !== 'clock' && layer !== 'media');
    const ends = history.conns.filter(({ node, state, n }) => node === device && state !== 'opened' && n >= fromN && n <= untilN);
    return [...faults, ...ends];
  };

  const effectOf = ({ kind, call, n, node }: Wire): Wire | null => {
    const effect = EFFECTS[wholeOf(kind)];
    if (effect === undefined || call === null) return null;
    const isIt = (wire: Wire): boolean =>
      wire.dir === 'in' && wire.call === call && wire.node !== node && userOf(wire.node) !== userOf(node) && wire.kind === effect;
    const found = within(history.wires, n).find(isIt) ?? null;
    if (found === null || effect !== 'event.ended') return found;
    // The end may have another cause: the other side's own end, or the connection of the sender that was lost with the message.
    const isOwnEnd = (wire: Wire): boolean =>
      wire.dir === 'out' && wire.call === call && userOf(wire.node) === userOf(found.node) && isEndingCommand(wire.kind);
    if (within(history.wires, n, found.n).some(isOwnEnd)) return null;
    const isReason = found.reason == null || found.reason === ENDS_AS[wholeOf(kind)];
    return isReason || troubleOn(node, n, found.n).length === 0 ? found : null;
  };

  const refusalOf = (wire: Wire): Wire | null => {
    const { link, conn, n, at, call, kind, node } = wire;
    // It may be about a copy that the probe made of an earlier message.
    const isCopied = history.hits.some(
      (hit) => hit.fault === 'duplicate' && hit.node === node && hit.n < n && hit.target !== n && at - hit.at <= REPLY_MS,
    );
    if (isCopied) return null;
    const after = within(history.wires, n).filter((one) => one.link === link && one.conn === conn);
    // What is asked next may be what the reply is about.
    const next = after.find(
      (one) => one.dir === 'out' && one.call === call && one.kind !== kind && EFFECTS[one.kind] !== undefined,
    );
    return (
      after.find(
        (one) =>
          one.dir === 'in' &&
          one.refusal !== undefined &&
          one.n < (next?.n ?? Infinity) &&
          (one.call === call || one.call === null) &&
          one.at - at <= Math.max(REPLY_MS, (covered.get(n)?.at ?? at) - at),
      ) ?? null
    );
  };

  const directProof = (wire: Wire): Proof | null => {
    const receipt = covered.get(wire.n);
    if (receipt !== undefined) {
      const because = receipt.by === 'pong' ? 'it answered a ping sent after it' : 'it answered the request that carried it';
      return { event: receipt, because };
    }
    const refusal = refusalOf(wire);
    if (refusal !== null) return { event: refusal, because: `it replied "${refusal.refusal ?? ''}"` };
    const effect = effectOf(wire);
    return effect === null ? null : { event: effect, because: `${effect.node} read ${effect.kind}, which followed from it` };
  };

  return {
    refusalOf,
    readOf(wire) {
      const strike = strikeOn(history, wire);
      if (strike?.struck?.dropped === true) return null;
      const direct = directProof(wire);
      // What was held back has been overtaken: a later message says nothing of it.
      if (direct !== null || strike !== null) return direct;
      const onSame = (one: { link: string; conn: number }): boolean => one.link === wire.link && one.conn === wire.conn;
      for (const later of within(history.wires, wire.n)) {
        if (later.dir !== 'out' || !onSame(later)) continue;
        const proof = directProof(later);
        if (proof !== null)
          return { ...proof, because: `it had read ${later.kind}, which was sent later over the same connection` };
      }
      const end = history.conns.find((one) => onSame(one) && one.state === 'closed' && one.n > wire.n);
      if (end?.by === 'self' && end.code === 1000)
        return { event: end, because: 'it took part in closing the connection afterwards' };
      return null;
    },
    quietUntil(device, fromN, untilN) {
      const from = history.trace.find(({ n }) => n >= fromN)?.at ?? Infinity;
      const isIt = ({ askedAt, n }: EventOf<'receipt'>): boolean => askedAt >= from && n <= untilN;
      return pongs.get(device)?.findLast(isIt) ?? null;
    },
    troubleOn,
  };
});

/** The probe's own message fault that struck a message on its way to the server; null without one. */
export function strikeOn({ hits }: Pick<History, 'hits'>, { n }: Pick<Wire, 'n'>): EventOf<'fault'> | null {
  return hits.find(({ target, struck }) => target === n && struck?.dir === 'out') ?? null;
}

/** Whether a fault of the probe removed a message on its way to the server. */
export function isRemoved(history: Pick<History, 'hits'>, wire: Pick<Wire, 'n'>): boolean {
  return strikeOn(history, wire)?.struck?.dropped === true;
}

/** `alice/phone sent cancel (raw: cancel) at 1.428 s. The endpoint had read it by 1.431 s: it answered a ping sent after it.` */
export function readSentence(wire: Wire, proof: Proof | null, what: string): string {
  const raw = wire.name === undefined || wire.name === what ? '' : ` (raw: ${wire.name})`;
  const sent = `${wire.node} sent ${what}${raw} at ${seconds(wire.at)}.`;
  return proof === null ? sent : `${sent} The endpoint had read it by ${seconds(proof.event.at)}: ${proof.because}.`;
}

/** What is known of the connection of a device that lacks something, up to an instant. */
export function quietSentence(device: string, quiet: EventOf<'receipt'> | null, untilAt: number): string {
  return quiet === null
    ? `${device} read nothing about it until ${seconds(untilAt)}.`
    : `The connection of ${device} was healthy until then (ping answered at ${seconds(quiet.at)}), and nothing about it was sent to it.`;
}
