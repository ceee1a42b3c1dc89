/** What a fault is: something that the probe does to the world on purpose, by name, with what it acts on. */

/** One thing that a scenario says of a fault. */
export interface FaultParameter {
  readonly name: string;
  readonly doc: string;
  /** As it would be written when a scenario leaves it out; null where it has to be given. */
  readonly default: string | null;
}

/** A fault as the registry holds it. */
export interface FaultKind {
  /** Also the name under which trace events tell of it. */
  readonly name: string;
  /** One sentence for `call-probe list faults` and the documents. */
  readonly doc: string;
  /** What it acts on: the signaling link of one device, or the server. */
  readonly target: 'link' | 'server';
  /** The ability that a target has to have for it, or null where every target will do. */
  readonly needs: string | null;
  readonly parameters: readonly FaultParameter[];
  /** How a scenario writes it. */
  readonly example: string;
}
