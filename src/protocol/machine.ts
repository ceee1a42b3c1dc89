/** The interface of every pure machine of this project, and the unit of time. */

/** Milliseconds on a clock that the caller owns; a machine never reads one. */
export type Millis = number;

/** What one input led to: the new state and what the shell has to do, in order. */
export interface Step<S, E> {
  readonly state: S;
  readonly effects: readonly E[];
}

/**
 * A pure state machine. An illegal input is an effect and leaves the state alone. `deadline` gives the earliest
 * instant at which the machine wants a tick, or null; a tick that comes early changes nothing.
 */
export interface Machine<S, I, E> {
  transition(state: S, input: I, now: Millis): Step<S, E>;
  deadline(state: S): Millis | null;
}
