/**
 * What the app of a foreign target shows of its calls. A black box has no record, so that each device follows the messages that it
 * sent and received, as the app's own client would.
 */

import type { Shown } from '../../client/replica.js';
import { IDLE, type View } from '../../protocol/call.js';
import type { Millis } from '../../protocol/machine.js';
import type { ViewEndReason } from '../../protocol/reasons.js';
import type { StateEvent } from '../../trace/event.js';
import type { MediaLeg } from './media-leg.js';
import type { CallHandle, Reading } from './port.js';

export interface ClientCall extends CallHandle {
  readonly peer: string | null;
  readonly media: MediaLeg;
  view: View;
  /** The action that waits for the device's own description. */
  waits: 'call' | 'accept' | null;
  /** Candidates that wait until the other side knows the call. */
  held: { readonly candidate: string; readonly sdpMid: string }[] | null;
  /** The user has answered, and the app waits for the server. */
  isAnswered: boolean;
}

const NO_CALL: Shown = { call: null, version: null, side: null, view: IDLE };
/** Maximum number of calls that a device keeps, for late messages. */
const CALLS_MAX = 64;

export const isLive = ({ state }: View): boolean => state === 'inviting' || state === 'ringing' || state === 'connected';

export function handleOf({ key, id, side, peer }: ClientCall): CallHandle {
  return { key, id, side, peer };
}

export function newCall(handle: CallHandle, media: MediaLeg): ClientCall {
  const state = handle.side === 'caller' ? 'inviting' : 'ringing';
  return { ...handle, media, view: { state, reason: null, timerStartedAt: null }, waits: null, held: [], isAnswered: false };
}

/** The reason of an end without one, from what the device shows. */
export function endOf({ view, side }: ClientCall): ViewEndReason {
  if (view.state === 'connected') return 'hangup';
  return side === 'caller' ? 'rejected' : 'cancelled';
}

export class ClientCalls {
  readonly #calls: ClientCall[] = [];
  #current: ClientCall | null = null;
  #told: Shown = NO_CALL;

  get current(): ClientCall | null {
    return this.#current;
  }

  get all(): readonly ClientCall[] {
    return this.#calls;
  }

  get shown(): Shown {
    const call = this.#current;
    return call === null ? NO_CALL : { call: call.id, version: null, side: call.side, view: call.view };
  }

  /** The call with a key of the session; without a key the shown one. */
  find(key: string | null): ClientCall | null {
    if (key === null) return this.#current;
    return this.#calls.findLast((call) => call.key === key) ?? null;
  }

  byId(id: string): ClientCall | null {
    return this.#calls.findLast((call) => call.id === id) ?? null;
  }

  /** A new call, shown from now on unless it stays in the background. */
  add(call: ClientCall, isShown = true): void {
    this.#calls.push(call);
    if (this.#calls.length > CALLS_MAX) this.#calls.shift();
    if (isShown) this.#current = call;
  }

  show(call: ClientCall): void {
    this.#current = call;
  }

  become(call: ClientCall, state: View['state'], reason: ViewEndReason | null, timerStartedAt: Millis | null): void {
    call.view = { state, reason, timerStartedAt };
  }

  clear(): void {
    this.#calls.length = 0;
    this.#current = null;
  }

  /** The reading, with a derived reason for an end without one. */
  explained(reading: Reading): Reading {
    const call = reading.kind === 'event.ended' && reading.reason === null ? this.find(reading.key) : null;
    return call === null || !isLive(call.view) ? reading : { ...reading, reason: endOf(call) };
  }

  timer(now: Millis): { readonly call: string; readonly elapsedMs: Millis } | null {
    const { call, view } = this.shown;
    return call === null || view.timerStartedAt === null ? null : { call, elapsedMs: Math.max(0, now - view.timerStartedAt) };
  }

  /** The shown view, if it has changed since the last call; otherwise null. */
  change(): StateEvent | null {
    const { shown } = this;
    const old = this.#told;
    this.#told = shown;
    const isSame =
      old.call === shown.call &&
      old.view.state === shown.view.state &&
      old.view.reason === shown.view.reason &&
      old.view.timerStartedAt === shown.view.timerStartedAt;
    const { call, version, view } = shown;
    return isSame ? null : { type: 'state', call, version, ...view };
  }
}
