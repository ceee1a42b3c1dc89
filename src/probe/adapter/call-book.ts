/**
 * Matches the calls of different devices. A target may let the caller choose the id, choose one itself, use another one on each hop, or
 * none: the probe knows who called whom, and names each call once for all ends.
 */
import { drawId, type Rng } from '../../protocol/rng.js';

interface Entry {
  readonly id: string;
  readonly caller: string | null;
  readonly callee: string | null;
  /** Its ids on the wire. */
  readonly wires: Set<string>;
  /** Devices that were notified of it. */
  readonly notified: Set<string>;
  isOver: boolean;
}

/** Maximum number of calls; the oldest are dropped. */
const ENTRIES_MAX = 4_096;

export class CallBook {
  readonly #entries: Entry[] = [];
  /** Ids that more than one call has had: they prove nothing by themselves. */
  readonly #reused = new Set<string>();
  readonly #addresses = new Map<string, string>();
  readonly #rng: Rng;
  readonly #standard: (user: string) => string;
  readonly #users: readonly string[];
  /** The target's name of the group that is called instead of a user; null if the user is called directly. */
  readonly groupOf: (user: string) => string | null;

  /** `standard` is the default name of a user at the target, `groupOf` the group that is called instead of a user. */
  constructor(
    rng: Rng,
    users: readonly string[],
    standard: (user: string) => string,
    groupOf: (user: string) => string | null = () => null,
  ) {
    this.#rng = rng;
    this.#users = users;
    this.#standard = standard;
    this.groupOf = groupOf;
  }

  /** The users of the group that is called instead of a user; null if the user is called directly. */
  partyOf(user: string): readonly string[] | null {
    const group = this.groupOf(user);
    return group === null ? null : this.#users.filter((one) => this.groupOf(one) === group);
  }

  /** A user calls another one; returns the id of the new call. */
  begin(caller: string, callee: string): string {
    return this.#add(caller, callee).id;
  }

  /** The target's own id of a call. */
  named(id: string, wire: string): void {
    const named = this.#entries.find((entry) => entry.id === id);
    if (named !== undefined) this.#name(named, wire);
  }

  /** A call that is over at its caller notifies no further devices. */
  over(id: string): void {
    const entry = this.#entries.find((known) => known.id === id);
    if (entry !== undefined) entry.isOver = true;
  }

  /**
   * The incoming call of `device`: the one with this id on the wire, otherwise the latest unknown call from this user to that one or
   * its group, otherwise the latest call to that user; with `isAgain` also a known one. An unexpected call gets a new id. An id that
   * several calls have had counts only after what fits.
   */
  arriving(device: string, user: string, wire: string | null, from: string | null, isAgain = false): string {
    const latest = (isRight: (entry: Entry) => boolean): Entry | undefined => this.#entries.findLast(isRight);
    const group = this.groupOf(user);
    const calls = ({ callee }: Entry): boolean =>
      callee === user || (group !== null && callee !== null && this.groupOf(callee) === group);
    const named = wire === null ? undefined : latest((entry) => entry.wires.has(wire) || entry.id === wire);
    const isPending = (entry: Entry): boolean =>
      !entry.isOver && !entry.notified.has(device) && entry.wires.size === 0 && calls(entry) && entry.caller === from;
    // A call that this device has seen and that is over, while one without an id waits for it: the id has started anew.
    const isReused =
      wire !== null &&
      (this.#reused.has(wire) || (named?.isOver === true && named.notified.has(device) && latest(isPending) !== undefined));
    const found =
      (isReused ? undefined : named) ??
      (isAgain ? latest((entry) => !entry.isOver && calls(entry) && (from === null || entry.caller === from)) : undefined) ??
      latest((entry) => !entry.isOver && !entry.notified.has(device) && calls(entry) && entry.caller === from) ??
      latest((entry) => !entry.notified.has(device) && calls(entry) && (from === null || entry.caller === from)) ??
      latest((entry) => !entry.isOver && !entry.notified.has(device) && entry.caller === from && from !== null) ??
      named ??
      this.#add(from, user);
    found.notified.add(device);
    if (wire !== null) this.#name(found, wire);
    return found.id;
  }

  /** A device restarts and has lost its calls. */
  forget(device: string): void {
    for (const { notified } of this.#entries) notified.delete(device);
  }

  /** The call with this id on the wire; null for an unknown one. */
  byWire(wire: string): string | null {
    return this.#entries.findLast((entry) => entry.wires.has(wire) || entry.id === wire)?.id ?? null;
  }

  /** The target's name of a user, as it assigned it. */
  knownAs(user: string, address: string): void {
    this.#addresses.set(user, address);
  }

  addressOf(user: string): string {
    return this.#addresses.get(user) ?? this.#standard(user);
  }

  userAt(address: string): string | null {
    for (const [user, known] of this.#addresses) if (known === address) return user;
    return this.#users.find((user) => this.#standard(user) === address) ?? null;
  }

  #name(entry: Entry, wire: string): void {
    if (this.#entries.some((other) => other !== entry && other.wires.has(wire))) this.#reused.add(wire);
    entry.wires.add(wire);
  }

  #add(caller: string | null, callee: string | null): Entry {
    const entry: Entry = {
      id: `c${drawId(this.#rng, 2)}`,
      caller,
      callee,
      wires: new Set(),
      notified: new Set(),
      isOver: false,
    };
    this.#entries.push(entry);
    if (this.#entries.length > ENTRIES_MAX) this.#entries.shift();
    return entry;
  }
}
