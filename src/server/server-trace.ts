/** The server's own side of a trace: every frame, every change, and their causes. */
import { addressOf } from '../protocol/address.js';
import type { CallRecord } from '../protocol/call.js';
import { callOf, type Frame } from '../protocol/frames.js';
import { kindOf } from '../protocol/message-kinds.js';
import type { LiveBody } from '../trace/bus.js';
import type { HubEffect } from './hub/io.js';

/** A server's own events for a trace, with the server's local numbering. Messages are whole; they are redacted when the trace is written. */
export interface ServerTraceEvent {
  /** Counts from 1 in this server; 0 if nothing was recorded. */
  readonly local: number;
  readonly cause: number | null;
  readonly at: number;
  readonly body: LiveBody;
}

/** The two names that a frame's link has in a trace. */
export interface TracedLink {
  /** The device after its hello. */
  readonly device: string | null;
  readonly number: number;
}

export interface ServerTrace {
  /** Switches the trace off, where nobody wants it, and on again. */
  turn(on: boolean): void;
  /** Records an event and returns its number, or 0 if nothing is recorded. */
  record(cause: number | null, body: LiveBody): number;
  /** Records that the server holds this version of a call. */
  held(call: CallRecord, cause: number | null): number;
  wire(dir: 'in' | 'out', link: TracedLink, frame: Frame, text: string, cause: number | null): number;
  /** Records an effect of the hub; returns the event that causes later effects of the same input. */
  effect(effect: HubEffect, cause: number | null): number | null;
}

/** A trace that passes its events to `sink`, or records nothing if that is null. */
export function createServerTrace(sink: ((event: ServerTraceEvent) => void) | null, now: () => number): ServerTrace {
  let count = 0;
  let isOn = true;
  const record = (cause: number | null, body: LiveBody): number => {
    if (sink === null || !isOn) return 0;
    sink({ local: ++count, cause, at: now(), body });
    return count;
  };
  const held = (call: CallRecord, cause: number | null): number =>
    record(cause, { type: 'record', call: call.id, version: call.version, phase: call.phase, record: call });
  return {
    turn(on) {
      isOn = on;
    },
    record,
    held,
    wire(dir, link, frame, text, cause) {
      if (sink === null || !isOn) return 0;
      return record(cause, {
        type: 'wire',
        dir,
        link: `${link.device ?? 'unknown'}.signaling`,
        conn: link.number,
        kind: kindOf(frame),
        call: callOf(frame),
        seq: 'seq' in frame ? frame.seq : null,
        bytes: Buffer.byteLength(text),
        text,
      });
    },
    effect(effect, cause) {
      switch (effect.type) {
        case 'changed':
          return held(effect.record, cause);
        case 'refused': {
          const { call, op: command, why } = effect;
          record(cause, { type: 'refused', call, device: addressOf(effect.device), command, why });
          return cause;
        }
        case 'applied':
          record(cause, { type: 'applied', call: effect.call, version: effect.version, device: addressOf(effect.device) });
          return cause;
        case 'session': {
          record(cause, { type: 'session', device: addressOf(effect.device), state: effect.change, text: null });
          return cause;
        }
        case 'stray':
          record(cause, { type: 'violation', code: 'stray', message: effect.message, call: effect.call });
          return cause;
        default:
          return cause;
      }
    },
  };
}
