/** What a diagnosis is: a cause, where it lies, and the proof. Plain data, part of the JSON report. */

/** The causes that can be distinguished, as docs/diagnosis.md explains them. */
export const CAUSES = [
  'log-in-refused',
  'never-emitted',
  'lost-uplink',
  'refused-by-server',
  'not-forwarded',
  'stale-registration',
  'wrong-recipient',
  'lost-downlink',
  'dropped-in-transit',
  'payload-altered',
  'received-not-applied',
  'applied-late',
  'reordered',
  'duplicated',
  'stale-state',
  'revived-call',
  'unprovoked',
  'handled-twice',
  'second-call-not-refused',
  'impersonated',
  'wrong-reason',
  'other-device-not-told',
  'media-not-established',
  'one-way-media',
  'timer-skew',
  'target-gone',
  'probe-fault',
] as const;
export type Cause = (typeof CAUSES)[number];

export interface Diagnosis {
  readonly code: Cause;
  /** Where it went wrong: `server`, a device such as `alice/phone`, a link such as `alice/phone.signaling`, or `probe`. */
  readonly hop: string;
  readonly call: string | null;
  /** From 0 to 1; of several, the surest comes first. */
  readonly confidence: number;
  /**
   * The bug as one claim without names, ids and times: `The server does not pass "cancel" on to the callee`. Diagnoses of the same
   * cause with the same title are one finding.
   */
  readonly title: string;
  /** What proves it, sentence by sentence, with names and times; empty where `summary` says it all. */
  readonly proof: readonly string[];
  /** What to look at in the code of the one that is at fault, without a full stop; null where there is nothing to say. */
  readonly lookAt: string | null;
  /** A sentence for a human. */
  readonly summary: string;
  /** Numbers of events in the trace. */
  readonly evidence: readonly number[];
  /** The events of `evidence` as one line of text each, in the same order: the proof for who has no trace at hand. */
  readonly lines: readonly string[];
  /** What would show that this is not the cause, or which log would distinguish the causes that remain. */
  readonly ruledOutBy: string | null;
  /** Set when it is about the redial, the second call between the same users; absent otherwise. */
  readonly redial?: true;
}
