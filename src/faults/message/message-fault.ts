/** Faults of single messages at a device's own transport, after framing. The scenario selects the message; the fault decides what happens to it. */
import type { Millis } from '../../protocol/machine.js';
import type { MessageKind } from '../../protocol/message-kinds.js';
import type { Rng } from '../../protocol/rng.js';
import type { FaultKind, FaultParameter, ParameterValues } from '../fault.js';

/** A message as it passes a device's transport. `text` is what is on the wire. */
export interface Message {
  readonly dir: 'out' | 'in';
  readonly kind: MessageKind;
  /** A foreign target's own name of it; absent if that is its kind. */
  readonly name?: string;
  /** The call that it belongs to, or null. */
  readonly call: string | null;
  /** Who caused it, if the message contains that: `bob/phone` for a signal or an event of bob's phone. */
  readonly from: string | null;
  /** The end reason in it, or null. */
  readonly reason: string | null;
  readonly text: string;
}

/** What happens to a message that a fault strikes. */
export type MessageVerdict =
  /** The fault can change nothing in this message: it passes, and is not counted as a hit. */
  | { readonly do: 'pass' }
  | { readonly do: 'drop' }
  /** Delivered once after each of these waits, in milliseconds, unchanged or with another text. */
  | { readonly do: 'deliver'; readonly afterMs: readonly Millis[]; readonly text?: string }
  /** Held back until `behind` further messages of its direction have passed, `msMax` is over, or the fault is healed. */
  | { readonly do: 'hold'; readonly behind: number | null; readonly msMax: Millis | null };

/** A verdict, and a summary of it for the trace. */
export interface Struck {
  readonly verdict: MessageVerdict;
  readonly summary: string;
}

export interface MessageFault extends FaultKind {
  readonly layer: 'message';
  /** Whether the message does not arrive as it was sent and in its turn: only an app that sends again makes up for it. */
  readonly loses: boolean;
  /** Decides about one matching message. Draws from `rng` alone. */
  strike(message: Message, values: ParameterValues, rng: Rng): Struck;
}

/** The first parameter of every message fault: the sender or receiver, and the message. */
export function messageParameter(name: string): FaultParameter {
  return {
    name,
    doc: 'the message, such as "bob sends accept", "alice receives connected", a kind on the wire ("alice receives event.ended") or "alice receives anything"',
    type: { type: 'message' },
    default: null,
  };
}
