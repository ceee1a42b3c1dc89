/** The error of an adapter that cannot be used: which one, where in it, and what to do next. */

/** Thrown before anything runs; the message is for the user. */
export class AdapterError extends Error {
  override readonly name = 'AdapterError';
}
