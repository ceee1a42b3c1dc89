/**
 * Which call of one device is which call of another. A target may let the caller make its id, make one itself, use another one
 * on each hop, or none: the probe knows who called whom, and names each call once for all ends.
 */
import { drawId, type Rng } from '../../protocol/rng.js';

interface Entry {
  readonly id: string;
  readonly caller: string | null;
  readonly callee: string | null;
  /** Ids that it has on the wire. */
  readonly wires: Set<string>;
  /** Devices that were told of it. */
  readonly told: Set<string>;
  isOver: boolean;
}

/** Calls kept; the oldest are forgotten. */
const ENTRIES_MAX = 4_096;

export class CallBook {
  readonly #entries: Entry[] = [];
  readonly #addresses = new Map<string, string>();
  readonly #rng: Rng;
  readonly #standard: (user: string) => string;
  readonly #users: readonly string[];
  /** How the target calls the group in whose name a user is called; null where he is called himself. */
  readonly groupOf: (user: string) => string | null;

  /** `standard` says how the target calls a user of whom it has said nothing itself, `groupOf` in which group's name he is called. */
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

  /** The users of the group that is called in a user's place; null where he is called himself. */
  partyOf(user: string): readonly string[] | null {
    const group = this.groupOf(user);
    return group === null ? null : this.#users.filter((one) => this.groupOf(one) === group);
  }

  /** A user calls another one: the id of the new call. */
  begin(caller: string, callee: string): string {
    return this.#add(caller, callee).id;
  }

  /** The target's own id of a call. */
  named(id: string, wire: string): void {
    this.#entries.find((entry) => entry.id === id)?.wires.add(wire);
  }

  /** Nobody will be told of a call any more that is over at its caller. */
  over(id: string): void {
    const entry = this.#entries.find((known) => known.id === id);
    if (entry !== undefined) entry.isOver = true;
  }

  /**
   * The call that comes in at `device`: the one with this id on the wire, else the latest from this user to that one, or to a
   * group of his, of which the device does not know, else the latest to that user at all; of one that rings `isAgain` also one that it knows. One that nobody made gets an id of its own.
   */
  arriving(device: string, user: string, wire: string | null, from: string | null, isAgain = false): string {
    const latest = (isRight: (entry: Entry) => boolean): Entry | undefined => this.#entries.findLast(isRight);
    const group = this.groupOf(user);
    const calls = ({ callee }: Entry): boolean =>
      callee === user || (group !== null && callee !== null && this.groupOf(callee) === group);
    const found =
      (wire === null ? undefined : latest((entry) => entry.wires.has(wire) || entry.id === wire)) ??
      (isAgain ? latest((entry) => !entry.isOver && calls(entry) && (from === null || entry.caller === from)) : undefined) ??
      latest((entry) => !entry.isOver && !entry.told.has(device) && calls(entry) && entry.caller === from) ??
      latest((entry) => !entry.told.has(device) && calls(entry) && (from === null || entry.caller === from)) ??
      latest((entry) => !entry.isOver && !entry.told.has(device) && entry.caller === from && from !== null) ??
      this.#add(from, user);
    found.told.add(device);
    if (wire !== null) found.wires.add(wire);
    return found.id;
  }

  /** A device starts anew and knows of no call any more. */
  forget(device: string): void {
    for (const { told } of this.#entries) told.delete(device);
  }

  /** The call with this id on the wire; null for an unknown one. */
  byWire(wire: string): string | null {
    return this.#entries.findLast((entry) => entry.wires.has(wire) || entry.id === wire)?.id ?? null;
  }

  /** How the target calls a user, said by itself to one of his devices. */
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

  #add(caller: string | null, callee: string | null): Entry {
    const entry: Entry = {
      id: `c${drawId(this.#rng, 2)}`,
      caller,
      callee,
      wires: new Set(),
      told: new Set(),
      isOver: false,
    };
    this.#entries.push(entry);
    if (this.#entries.length > ENTRIES_MAX) this.#entries.shift();
    return entry;
  }
}
