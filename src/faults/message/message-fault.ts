/** Faults of single messages at a device's own transport, after framing: which message is the scenario's to say, what becomes of it is here. */
import type { Millis } from '../../protocol/machine.js';
import type { MessageKind } from '../../protocol/message-kinds.js';
import type { Rng } from '../../protocol/rng.js';
import type { FaultKind, FaultParameter, ParameterValues } from '../fault.js';

/** A message as it passes a device's transport. `text` is what is on the wire. */
export interface Message {
  readonly dir: 'out' | 'in';
  readonly kind: MessageKind;
  /** What a foreign target calls it; left out where that is its kind. */
  readonly name?: string;
  /** The call that it is about, or null. */
  readonly call: string | null;
  /** Who caused it, as far as it says so: `bob/phone` for a signal or an event of bob's phone. Null when it does not. */
  readonly from: string | null;
  /** The end reason that it tells of, or null. */
  readonly reason: string | null;
  readonly text: string;
}

/** What becomes of a message that a fault has chosen. */
export type MessageVerdict =
  | { readonly do: 'drop' }
  /** Goes on after each of these waits, in milliseconds, as it was or with another text. None of them is its own time. */
  | { readonly do: 'deliver'; readonly afterMs: readonly Millis[]; readonly text?: string }
  /** Is kept back until so many further messages of its direction have passed, or `msMax` is over, or the fault is healed. */
  | { readonly do: 'hold'; readonly behind: number | null; readonly msMax: Millis | null };

/** A verdict and, in words for the trace, what was done. */
export interface Struck {
  readonly verdict: MessageVerdict;
  readonly told: string;
}

export interface MessageFault extends FaultKind {
  readonly layer: 'message';
  /** Decides on one message that fits. Draws from `rng` alone. */
  strike(message: Message, values: ParameterValues, rng: Rng): Struck;
}

/** The first parameter of every message fault: whose message it is, and which. */
export function messageParameter(name: string): FaultParameter {
  return {
    name,
    doc: 'the message, such as "bob sends accept", "alice receives connected", a kind on the wire ("alice receives event.ended") or "alice receives anything"',
    type: { type: 'message' },
    default: null,
  };
}
