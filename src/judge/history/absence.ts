/** When devices were not there: by the user's own doing, and because a fault cut them off. */
import { presenceOf } from '../../protocol/actions.js';
import type { Millis } from '../../protocol/machine.js';
import { type EventOf, eventsOf, type TraceEvent } from '../../trace/event.js';
import { groupBy } from '../../trace/grouping.js';

/** The fault by which the server's process ends and another takes its place. */
export const RESTART_SERVER = 'restart-server';

/** A stretch in which a device was off. `toN` and `toAt` are infinite when it never came back. */
export interface Spell {
  readonly fromN: number;
  readonly fromAt: Millis;
  readonly toN: number;
  readonly toAt: Millis;
}

const SERVER_NODE = 'server';

type Instant = Pick<TraceEvent, 'n' | 'at'>;

/** The offline spells of one device, from its own turns. */
export function ownSpells(turns: readonly EventOf<'action'>[]): Spell[] {
  const spells: Spell[] = [];
  let from: Instant | null = null;
  for (const [i, op] of turns.entries()) {
    const turn = presenceOf(op.action);
    if (i === 0 && op.action === 'open') from = { n: 0, at: 0 };
    if (turn === 'off') from ??= op;
    else if (from !== null) {
      spells.push(spell(from, op));
      from = null;
    }
  }
  if (from !== null) spells.push(spell(from, null));
  return spells;
}

/**
 * The spells in which faults kept devices from being told, by device. Where a fault ended the connection: from the hit until
 * the device is greeted again, so that a client's back-off is not counted as time in which it could have been told; one
 * that is never greeted again counts as there once the fault is healed: its absence is its own then. Where it only stood
 * still: until it is healed.
 */
export function cutSpells(trace: readonly TraceEvent[], devices: readonly string[]): ReadonlyMap<string, readonly Spell[]> {
  const faults = eventsOf(trace, 'fault');
  const hits = faults.filter(({ act, absence }) => act === 'hit' && absence !== null);
  if (hits.length === 0) return new Map();
  const healings = new Map(
    faults.flatMap((event) => (event.act === 'healed' && event.cause !== null ? [[event.cause, event] as const] : [])),
  );
  const greetings = groupBy(
    eventsOf(trace, 'wire').filter(({ dir, kind }) => dir === 'in' && kind === 'welcome'),
    ({ node }) => node,
  );
  const cuts = hits.flatMap((hit) =>
    (hit.node === SERVER_NODE ? devices : [hit.node]).map((device) => {
      const healed = healings.get(hit.n) ?? null;
      const greeted = greetings.get(device)?.find(({ n }) => n > hit.n) ?? null;
      return { device, spell: spell(hit, hit.absence === 'until-healed' ? healed : (greeted ?? healed)) };
    }),
  );
  return new Map([...groupBy(cuts, ({ device }) => device)].map(([device, own]) => [device, own.map((cut) => cut.spell)]));
}

/** Spells in order, those that overlap made one. */
export function united(spells: readonly Spell[]): Spell[] {
  const all: Spell[] = [];
  for (const next of [...spells].sort((a, b) => a.fromN - b.fromN)) {
    const last = all.at(-1);
    if (last === undefined || next.fromN > last.toN) all.push(next);
    else if (next.toN > last.toN) all[all.length - 1] = { ...last, toN: next.toN, toAt: next.toAt };
  }
  return all;
}

function spell(from: Instant, to: Instant | null): Spell {
  return { fromN: from.n, fromAt: from.at, toN: to?.n ?? Infinity, toAt: to?.at ?? Infinity };
}
