/** The target's addresses of users, with their types: the probe keeps addresses as texts, but a server that numbers its users expects a number. */

export class Addresses {
  #run = '';
  #typed = new Map<string, unknown>();

  /** Stores an address of a run; those of another run are dropped. */
  know(run: string, address: unknown): void {
    if (run !== this.#run) this.#typed = new Map();
    this.#run = run;
    this.#typed.set(String(address), address);
  }

  /** An address with the type that the target uses. */
  typed(run: string, address: string): unknown {
    return run === this.#run && this.#typed.has(address) ? this.#typed.get(address) : address;
  }
}
