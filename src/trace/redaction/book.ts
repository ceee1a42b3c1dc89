/** Who and what a run has met, with the stand-ins that its traces and reports share. */
import { isStandIn, type Secret } from './pseudonyms.js';
import { Renamer } from './renamer.js';
import { isRole } from './roles.js';
import { isPlain } from './words.js';

/** Values remembered of each kind; later ones share a stand-in, so that a flood from the wire stays bounded. */
export const NAMES_MAX = 4096;

const MORE = { user: 'user-more', call: 'call-more' } as const;

export class Book {
  /** People, hosts and foreign calls, to be found in sentences. */
  readonly words = new Renamer();
  readonly devices = new Set<string>();
  readonly #persons = new Map<string, string>();
  readonly #calls = new Map<string, string>();
  readonly #others = new Map<string, string>();
  readonly #taken = new Set<string>();
  #back: ReadonlyMap<string, string> = new Map();
  #backSize = 0;

  constructor(readonly seen: (secret: Secret) => void) {}

  /** Grows whenever something is learned that other texts may hold. */
  get size(): number {
    return this.words.size + this.#persons.size + this.#calls.size + this.devices.size;
  }

  person(name: string): string {
    const known = this.#persons.get(name) ?? this.words.get(name);
    if (known !== undefined) return known;
    if (name === '') return name;
    if (isRole(name) || isStandIn(name)) {
      this.#taken.add(name.toLowerCase());
      return name;
    }
    if (this.#persons.size >= NAMES_MAX) return MORE.user;
    let number = this.#persons.size + 1;
    while (this.#taken.has(`user-${number}`)) number++;
    const standIn = `user-${number}`;
    this.#taken.add(standIn);
    this.#persons.set(name, standIn);
    this.#learn('user', name, standIn);
    return standIn;
  }

  call(id: string): string {
    const known = this.#calls.get(id) ?? this.ownId(id);
    if (known !== undefined) return known;
    if (this.#calls.size >= NAMES_MAX) return MORE.call;
    const standIn = `call-${this.#calls.size + 1}`;
    this.#calls.set(id, standIn);
    this.#learn('call', id, standIn);
    return standIn;
  }

  /** The stand-in of a foreign call that is known. */
  knownCall(id: string): string | undefined {
    return this.#calls.get(id);
  }

  /**
   * An id that may stay, with stand-ins for the people in it: of common words, or as the probe and `callsync.v1` draw them
   * (`c-alice.phone-0k3v9x2`).
   */
  ownId(id: string): string | undefined {
    const renamed = this.words.rename(id);
    if (isPlain(renamed)) return renamed;
    const [, user = '', device = ''] = /^[cms]-([^\s./]{1,64})\.([^\s/]{1,64})-[0-9a-z]{5,12}$/u.exec(renamed) ?? [];
    return isPlain(user) && (this.devices.has(device) || isPlain(device)) ? renamed : undefined;
  }

  /** Keeps what a stand-in stands for that is not looked for in sentences. */
  remember(value: string, standIn: string): void {
    this.#others.set(value, standIn);
  }

  reveal(text: string): string {
    const size = this.size + this.#others.size;
    if (size === 0) return text;
    if (this.#backSize !== size) {
      const all = [...this.words.entries(), ...this.#persons, ...this.#calls, ...this.#others];
      this.#back = new Map(all.map(([name, standIn]) => [standIn, name]));
    }
    this.#backSize = size;
    return text.replace(
      /(?<![\p{L}\p{N}])(?:user|call|device|message|word)-\d+(?![\p{L}\p{N}])|host-\d+\.name/gu,
      (found) => this.#back.get(found) ?? found,
    );
  }

  people(): readonly string[] {
    return [...this.#persons.keys()];
  }

  #learn(kind: Secret['kind'], value: string, standIn: string): void {
    this.seen({ kind, value });
    this.words.add(value, standIn);
  }
}
