/** The media of one call at one device, as a state: what to ask of the media port and what to signal, and when. */
import type { Address } from '../protocol/address.js';
import { sameAddress } from '../protocol/address.js';
import type { CallRecord } from '../protocol/call.js';
import type { ClientPayload } from '../protocol/frames.js';
import type { MediaState } from '../protocol/media.js';
import type { AgentEffect } from './io.js';
import type { MediaChange, MediaCommand, MediaReport } from './ports.js';
import { ShownMedia } from './shown-media.js';

export type Signal = Extract<ClientPayload, { type: 'signal' }>;

/** What one input to the media of a call led to. */
export interface MediaOutcome {
  readonly effects: readonly AgentEffect[];
  readonly signals: readonly Signal[];
}

export const NO_OUTCOME: MediaOutcome = { effects: [], signals: [] };

export class MediaTrack {
  readonly #shown: ShownMedia;
  #opened = false;
  /** Made before the call was connected: candidates are not sent while it only rings. */
  #held: Signal[] = [];
  #mayTell = false;

  constructor(
    readonly call: string,
    readonly role: 'caller' | 'callee',
  ) {
    this.#shown = new ShownMedia(call);
  }

  get state(): MediaState {
    return this.#shown.state;
  }

  /** Whether the media port was asked to open and not to close. */
  get isOpen(): boolean {
    return this.#opened;
  }

  /** The caller prepares its offer while the other side rings, so that an answer finds it ready. */
  prepare(): MediaOutcome {
    if (this.#opened) return NO_OUTCOME;
    this.#opened = true;
    const effects: AgentEffect[] = [this.#ask({ do: 'open' })];
    if (this.role === 'caller') effects.push(this.#ask({ do: 'offer' }));
    return { effects, signals: [] };
  }

  /** Follows the record: connected starts the media of the two devices that talk, the end stops it. */
  follow(record: CallRecord, device: Address): MediaOutcome {
    const callee = record.callee.device === null ? null : { user: record.callee.user, device: record.callee.device };
    const talks = sameAddress(record.caller, device) || (callee !== null && sameAddress(callee, device));
    if (record.phase === 'ended' || (record.phase === 'connected' && !talks)) return this.close();
    if (record.phase !== 'connected' || this.#mayTell) return NO_OUTCOME;
    this.#mayTell = true;
    const { effects } = this.prepare();
    const signals = this.#held;
    this.#held = [];
    return { effects: [...effects, stateOf(this.#shown.connecting())], signals };
  }

  signal(payload: Pick<Signal, 'data'>): MediaOutcome {
    if (!this.#opened) return NO_OUTCOME;
    const { data } = payload;
    const effect =
      'sdp' in data ? this.#ask({ do: 'describe', description: data }) : this.#ask({ do: 'candidate', candidate: data });
    return { effects: [effect], signals: [] };
  }

  report(report: MediaReport): MediaOutcome {
    switch (report.kind) {
      case 'description':
        return this.#send({ type: 'signal', call: this.call, kind: 'description', data: report.description });
      case 'candidate':
        return this.#send({ type: 'signal', call: this.call, kind: 'candidate', data: report.candidate });
      default:
        return { effects: [stateOf(this.#shown.follow(report))], signals: [] };
    }
  }

  close(): MediaOutcome {
    this.#held = [];
    if (!this.#opened) return NO_OUTCOME;
    this.#opened = false;
    return { effects: [this.#ask({ do: 'close' })], signals: [] };
  }

  #send(signal: Signal): MediaOutcome {
    if (!this.#opened) return NO_OUTCOME;
    if (this.#mayTell) return { effects: [], signals: [signal] };
    this.#held.push(signal);
    return NO_OUTCOME;
  }

  #ask(command: MediaCommand): AgentEffect {
    return { type: 'media', call: this.call, ...command };
  }
}

function stateOf(event: MediaChange): AgentEffect {
  return { type: 'media-state', event };
}
