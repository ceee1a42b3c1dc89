/** What kept a message from its device: a connection that was gone, an earlier message that never came, a frame that could not be read. */
import type { EventOf } from '../../trace/event.js';
import { within } from '../history/by-number.js';
import { strikeOn } from '../history/evidence.js';
import { type History, userOf } from '../history/history.js';
import { type Message, messagesOf } from '../history/messages.js';
import type { Mismatch } from '../history/mismatches.js';
import { presenceOf } from '../history/presence.js';

/** An earlier message of the same session that the device never read: until it comes, what was read after it has to wait. */
export function blockedBy(history: History, { device, delivery, moment }: Mismatch): Message | null {
  const { read, stage } = delivery;
  if (stage !== 'unapplied' || read === null) return null;
  const messages = messagesOf(history);
  const mine = messages.of(read.n);
  if (mine === undefined || mine.seq === null) return null;
  const { seq, session } = mine;
  const earlier = (messages.down.get(device) ?? []).filter(
    (one) =>
      one.session === session &&
      one.seq !== null &&
      one.seq < seq &&
      one.writes.some(({ n }) => n <= moment.n) &&
      !one.reads.some(({ n }) => n <= moment.n),
  );
  return earlier.sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0))[0] ?? null;
}

/** Whether every copy of a message was written while its device had no connection, or before it lost the one it had unread. */
export function lostWhileGone(history: History, { device, moment }: Mismatch, message: Message): boolean {
  const { wasGone, goneAt } = presenceOf(history);
  const writes = message.writes.filter(({ n }) => n <= moment.n);
  return writes.length > 0 && writes.every(({ n }) => wasGone(device, n, n + 1) || goneAt(device, n) !== null);
}

/** The event by which the device says that it could not read a frame, after this change was written to it; null without one. */
export function isRejected(history: History, { device, delivery, moment }: Mismatch): EventOf<'violation'> | null {
  const since = delivery.written?.n ?? delivery.altered?.n;
  if (since === undefined) return null;
  return within(history.violations, since, moment.n).find(({ node, code }) => node === device && code === 'bad-frame') ?? null;
}

/** Faults that change what stands in a message. */
export const DAMAGE: readonly string[] = ['corrupt', 'rewrite'];

/** The probe's own fault that damaged this change of a black box in transit to the device; null without one. */
export function damagedBy({ hits }: History, { device, delivery, moment }: Mismatch): EventOf<'fault'> | null {
  const { change, stage } = delivery;
  if (stage !== 'unseen') return null;
  const sinceN = change.action?.n ?? change.n;
  const isIt = ({ node, fault, struck, n }: EventOf<'fault'>): boolean =>
    DAMAGE.includes(fault) &&
    (node === device || node === userOf(device)) &&
    struck?.dir === 'in' &&
    struck.call === change.call &&
    n >= sinceN &&
    n <= moment.n;
  return hits.find(isIt) ?? null;
}

/** The probe's own fault that changed a message before it left its device; null without one. */
export function damageTo(history: History, wire: EventOf<'wire'>): EventOf<'fault'> | null {
  const strike = strikeOn(history, wire);
  return strike !== null && DAMAGE.includes(strike.fault) ? strike : null;
}

/**
 * In a black box: the crash of the device's app after it had shown the call, and before it was found wrong; null for none, and
 * for a change that it never read: that did not reach it for whatever reason.
 */
export function diedWith(history: History, { device, delivery, moment }: Mismatch): EventOf<'action'> | null {
  const { stage, shown, read, change } = delivery;
  if (change.record !== null || (stage !== 'shown' && stage !== 'unapplied')) return null;
  const isAfter = (n: number): boolean => (stage === 'shown' ? n > (shown?.n ?? Infinity) : n < (read?.n ?? 0));
  const crashes = history.presenceActions.filter(({ node, action, n }) => node === device && action === 'crash' && n <= moment.n);
  return crashes.find(({ n }) => isAfter(n)) ?? null;
}
