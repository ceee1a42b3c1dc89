/** A device of the bundled protocol: the agent behind the shell of every device. */

import { Agent } from '../../client/agent.js';
import type { AgentDecisions } from '../../client/decisions.js';
import type { AgentEffect, OwnInput } from '../../client/io.js';
import type { ReplicaPolicy } from '../../client/replica.js';
import { addressOf } from '../../protocol/address.js';
import { decodeServerFrame, encodeFrame } from '../../protocol/codec.js';
import { type ClientFrame, callOf, type ServerFrame, SUBPROTOCOL } from '../../protocol/frames.js';
import type { Waits } from '../../protocol/limits.js';
import { kindOf } from '../../protocol/message-kinds.js';
import type { Rng } from '../../protocol/rng.js';
import { callPath, type Fetched, fetchCall } from '../links/fetch-call.js';
import type { Via } from '../links/transport.js';
import { openTransport } from '../links/ws-transport.js';
import type { Device } from './device.js';
import { type Passing, type Shell, type ShellOptions, startShell } from './device-shell.js';

export interface DriverOptions extends ShellOptions {
  readonly url: string;
  /** Where its TCP connections go instead: the proxy for link faults. */
  readonly via?: Via | undefined;
  readonly token: string;
  readonly waits: Waits;
  readonly policy: ReplicaPolicy;
  /** Decisions with defects; by default the correct ones. */
  readonly decisions?: AgentDecisions;
  readonly rng: Rng;
}

/** The HTTP result of a device while its link is cut. */
const CUT_OFF: Fetched = { answer: 'failed', message: 'the link is cut', status: null };

/** Starts a device; it goes online with `act('open')`. */
export function startDevice(options: DriverOptions): Device {
  const { url, token, waits, via, clock } = options;

  const perform = (effect: AgentEffect, cause: number | null, at: number | undefined): number | null => {
    switch (effect.type) {
      case 'transmit':
        shell.send(effect.conn, passingOf(effect.frame, true), encodeFrame(effect.frame), cause);
        return cause;
      case 'record': {
        const { id, version, phase } = effect.record;
        shell.record(cause, { type: 'record', call: id, version, phase, record: effect.record });
        return cause;
      }
      case 'shown': {
        const { call, version, view } = effect.shown;
        shell.record(cause, { type: 'state', call, version, ...view });
        return cause;
      }
      case 'applied':
      case 'not-applied':
        shell.record(cause, effect);
        return cause;
      case 'fetch-call':
        void askByHttp(effect.call, effect.request);
        return cause;
      case 'media':
        // A description waits for the record that releases it: that record is its cause, and not what opened the media.
        shell.perform(effect, null, at);
        return cause;
      default:
        return shell.perform(effect, cause, at);
    }
  };

  /** While the link refuses connections, HTTP gets no answer either. */
  const askByHttp = async (call: string, request: number): Promise<void> => {
    const askedAt = clock.now();
    const fetched = shell.isCut() ? null : await fetchCall(url, token, call, waits.fetchMs, via);
    const { answer, message, status } = fetched === null || shell.isCut() ? CUT_OFF : fetched;
    shell.whenRunning(() => {
      const durationMs = clock.now() - askedAt;
      const asked = { type: 'http', method: 'GET', path: callPath(call), status, durationMs, call, message } as const;
      shell.push({ type: 'fetched', request, call, answer }, shell.record(null, asked));
    });
  };

  const shell: Shell<OwnInput> = startShell<OwnInput, AgentEffect>(options, {
    machine: new Agent({ ...options, media: options.media !== null }),
    connect: (sink) => openTransport(url, SUBPROTOCOL, waits.helloMs, sink, via),
    read(conn, text, bytes) {
      const decoded = decodeServerFrame(text, bytes);
      if (!decoded.ok) return { input: { type: 'bad-frame', conn, message: decoded.message }, passing: null };
      return { input: { type: 'frame', conn, frame: decoded.frame }, passing: passingOf(decoded.frame) };
    },
    perform,
  });
  return shell.device;
}

/** A frame may have more fields than the schema keeps: only its text is complete. */
function passingOf(frame: ClientFrame | ServerFrame, isWhole = false): Passing {
  const by = frame.type === 'event' ? frame.cause.by : 'from' in frame ? frame.from : null;
  const reason = frame.type === 'event' ? frame.record.reason : null;
  return {
    wire: {
      kind: kindOf(frame),
      call: callOf(frame),
      seq: 'seq' in frame ? frame.seq : null,
      ...(reason === null ? {} : { reason }),
      ...(isWhole ? { frame } : {}),
    },
    from: by === null ? null : addressOf(by),
  };
}
