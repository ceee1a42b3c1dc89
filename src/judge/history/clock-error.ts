/** How well a device can know the server's clock, from the messages that carry it: what its call timer may be off without an error of its own. */
import type { Millis } from '../../protocol/machine.js';
import type { MessageKind } from '../../protocol/message-kinds.js';
import { listIn } from '../../trace/grouping.js';
import { perHistory } from './history.js';

/** A request whose answer carries the server's time, by kind. */
const ANSWERS: Readonly<Partial<Record<MessageKind, MessageKind>>> = { hello: 'welcome', ping: 'pong' };

/**
 * Milliseconds that the clock of a device may be off at a moment: half of the shortest round trip that it had seen by then, since
 * nobody can know how much of it was spent in which direction (RFC 5905 section 10). 0 for a device without one.
 */
export const clockErrors = perHistory(({ wires }): ((device: string, at: Millis) => Millis) => {
  const trips = new Map<string, { readonly at: Millis; readonly errorMs: Millis }[]>();
  /** When requests were sent that are not answered yet, by the answer that they wait for. */
  const open = new Map<string, Millis[]>();
  for (const { node, conn, kind, dir, at } of wires) {
    const answer = ANSWERS[kind];
    if (dir === 'out' && answer !== undefined) listIn(open, `${node} ${conn} ${answer}`).push(at);
    const askedAt = dir === 'in' ? open.get(`${node} ${conn} ${kind}`)?.shift() : undefined;
    if (askedAt === undefined) continue;
    const known = listIn(trips, node);
    known.push({ at, errorMs: Math.min(known.at(-1)?.errorMs ?? Infinity, (at - askedAt) / 2) });
  }
  return (device, at) => trips.get(device)?.findLast((trip) => trip.at <= at)?.errorMs ?? 0;
});
