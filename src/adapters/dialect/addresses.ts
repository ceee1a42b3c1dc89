/** How a target calls users, with the type that it gave: the probe knows addresses as texts, and a server that numbers its users wants a number back. */

export class Addresses {
  #run = '';
  #typed = new Map<string, unknown>();

  /** Takes note of an address of a run; those of another run are forgotten. */
  know(run: string, address: unknown): void {
    if (run !== this.#run) this.#typed = new Map();
    this.#run = run;
    this.#typed.set(String(address), address);
  }

  /** An address as the target wrote it. */
  typed(run: string, address: string): unknown {
    return run === this.#run && this.#typed.has(address) ? this.#typed.get(address) : address;
  }
}
