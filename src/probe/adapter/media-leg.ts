/** The media of one call at a foreign client: its descriptions, waits, and the shown state. */

import type { MediaCommand, MediaReport } from '../../client/ports.js';
import { ShownMedia } from '../../client/shown-media.js';
import type { Millis } from '../../protocol/machine.js';
import type { IceCandidate, MediaState, SessionDescription } from '../../protocol/media.js';
import type { MediaEvent } from '../../trace/event.js';
import { candidatesIn, placeholderSdp, withCandidates } from './sdp-text.js';

/** How long a description waits for the first candidate, and for another one after each. */
const FIRST_CANDIDATE_MS = 1_000;
const NEXT_CANDIDATE_MS = 60;

/** The result of one input to the media of a call. */
export interface LegOutcome {
  readonly commands: readonly MediaCommand[];
  readonly event: MediaEvent | null;
  /** The device's own complete description; once. */
  readonly described: SessionDescription | null;
  /** The device's own candidates, sent as messages. */
  readonly candidates: readonly IceCandidate[];
}

const NOTHING: LegOutcome = { commands: [], event: null, described: null, candidates: [] };

export class MediaLeg {
  readonly #shown: ShownMedia;
  #isOpen = false;
  #isClosed = false;
  #own: SessionDescription | null = null;
  #gathered: IceCandidate[] = [];
  #wholeAt: Millis | null = null;
  #remote: SessionDescription | null = null;
  #isRemoteSet = false;
  #early: IceCandidate[] = [];

  /** `isReal` false is a call without media: its descriptions are well-formed placeholders. */
  constructor(
    readonly call: string,
    readonly isReal: boolean,
    readonly trickles: boolean,
  ) {
    this.#shown = new ShownMedia(call);
  }

  get state(): MediaState {
    return this.#shown.state;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get remote(): SessionDescription | null {
    return this.#remote;
  }

  get deadline(): Millis | null {
    return this.#wholeAt;
  }

  /** Begins to make an offer. */
  offer(): LegOutcome {
    if (!this.isReal) return { ...NOTHING, described: { type: 'offer', sdp: placeholderSdp(this.call) } };
    if (this.#isOpen || this.#isClosed) return NOTHING;
    this.#isOpen = true;
    return { ...NOTHING, commands: [{ do: 'open' }, { do: 'offer' }], event: this.#shown.connecting() };
  }

  /** Stores the description of the other side until `apply` is called. */
  describe(description: SessionDescription): void {
    this.#remote ??= description;
  }

  /** Applies the remote description; an offer leads to an answer. */
  apply(): LegOutcome {
    const remote = this.#remote;
    if (remote === null || this.#isRemoteSet || this.#isClosed) return NOTHING;
    if (!this.isReal) {
      this.#isRemoteSet = true;
      return remote.type === 'offer' ? { ...NOTHING, described: { type: 'answer', sdp: placeholderSdp(this.call) } } : NOTHING;
    }
    if (remote.type === 'answer' && !this.#isOpen) return NOTHING;
    this.#isRemoteSet = true;
    const opens: MediaCommand[] = this.#isOpen ? [] : [{ do: 'open' }];
    const event = this.#isOpen ? null : this.#shown.connecting();
    this.#isOpen = true;
    const early = this.#early.splice(0).map((candidate): MediaCommand => ({ do: 'candidate', candidate }));
    return { ...NOTHING, commands: [...opens, { do: 'describe', description: remote }, ...early], event };
  }

  candidate(candidate: IceCandidate): LegOutcome {
    if (!this.isReal || this.#isClosed) return NOTHING;
    if (this.#isRemoteSet && this.#isOpen) return { ...NOTHING, commands: [{ do: 'candidate', candidate }] };
    if (this.#early.length < 64) this.#early.push(candidate);
    return NOTHING;
  }

  report(report: MediaReport, now: Millis): LegOutcome {
    switch (report.kind) {
      case 'description':
        if (this.#isClosed) return NOTHING;
        this.#own = report.description;
        if (this.trickles) return { ...NOTHING, described: report.description };
        if (candidatesIn(report.description.sdp).length > 0) return { ...NOTHING, described: report.description };
        this.#wholeAt = now + (this.#gathered.length > 0 ? NEXT_CANDIDATE_MS : FIRST_CANDIDATE_MS);
        return NOTHING;
      case 'candidate':
        if (this.#isClosed) return NOTHING;
        if (this.trickles) return { ...NOTHING, candidates: [report.candidate] };
        this.#gathered.push(report.candidate);
        if (this.#wholeAt !== null) this.#wholeAt = now + NEXT_CANDIDATE_MS;
        return NOTHING;
      default:
        return { ...NOTHING, event: this.#shown.follow(report) };
    }
  }

  /** The description is complete when no further candidate has arrived for a while. */
  tick(now: Millis): LegOutcome {
    if (this.#wholeAt === null || now < this.#wholeAt || this.#own === null) return NOTHING;
    this.#wholeAt = null;
    const lines = this.#gathered.map(({ candidate }) => candidate);
    return { ...NOTHING, described: { ...this.#own, sdp: withCandidates(this.#own.sdp, lines) } };
  }

  close(): LegOutcome {
    this.#isClosed = true;
    this.#wholeAt = null;
    if (!this.#isOpen) return NOTHING;
    this.#isOpen = false;
    return { ...NOTHING, commands: [{ do: 'close' }] };
  }
}
