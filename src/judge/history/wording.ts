/** How findings name devices, instants and states: in the words of the people who made the call. */
import type { Millis } from '../../protocol/machine.js';
import { devicesOfUser, type History, userOf } from './history.js';

/** `alice`, or `bob.laptop` where the scenario gives that user several devices. */
export function labelOf(history: History, device: string): string {
  const user = userOf(device);
  return devicesOfUser(history, user).length > 1 ? `${user}.${device.slice(user.length + 1)}` : user;
}

/** `ringing`, `ended(hangup)`; `idle` for a device that shows nothing. */
export function stateWords(view: { readonly state: string; readonly reason: string | null } | null): string {
  if (view === null) return 'idle';
  return view.reason === null ? view.state : `${view.state}(${view.reason})`;
}

/** An instant or a duration in seconds: `0.410 s`. */
export function seconds(ms: Millis): string {
  return `${(ms / 1000).toFixed(3)} s`;
}

/** `milliseconds` rounded for reading: `230 ms`. */
export function millis(ms: Millis): string {
  return `${Math.round(ms)} ms`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listWords(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}
