/** The media of one device, by call: opened where the device takes part, left out of calls that go without. */
import { type Address, sameAddress } from '../protocol/address.js';
import type { CallRecord } from '../protocol/call.js';
import type { MediaState } from '../protocol/media.js';
import { type MediaOutcome, MediaTrack, NO_OUTCOME, type Signal } from './media-track.js';
import type { MediaReport } from './ports.js';

export class MediaTracks {
  readonly #tracks = new Map<string, MediaTrack>();
  readonly #silent = new Set<string>();

  /** Without media at all (`isOn` false) every call is silent. */
  constructor(readonly isOn: boolean) {}

  /** Calls of which it remembers something. */
  get size(): number {
    return this.#tracks.size + this.#silent.size;
  }

  state(call: string): MediaState {
    return this.#tracks.get(call)?.state ?? 'idle';
  }

  /** The caller's side of a new call; `media: false` leaves it silent. */
  begin(call: string, media: boolean): MediaOutcome {
    if (!media) this.#silent.add(call);
    return this.#track(call, 'caller')?.prepare() ?? NO_OUTCOME;
  }

  follow(record: CallRecord, device: Address): MediaOutcome {
    if (record.phase === 'ended') this.#silent.delete(record.id);
    const { user, device: answered } = record.callee;
    const hasAnswered = record.phase === 'connected' && answered !== null && sameAddress({ user, device: answered }, device);
    const track = hasAnswered ? this.#track(record.id, 'callee') : this.#tracks.get(record.id);
    return track?.follow(record, device) ?? NO_OUTCOME;
  }

  signal(signal: Signal): MediaOutcome {
    return this.#tracks.get(signal.call)?.signal(signal) ?? NO_OUTCOME;
  }

  /** What the media port reports; its `closed` is the last of a call, also of one that was dropped. */
  report(call: string, report: MediaReport): MediaOutcome {
    const track = this.#tracks.get(call);
    if (report.kind !== 'closed') return track?.report(report) ?? NO_OUTCOME;
    if (track?.isOpen !== true) {
      this.#tracks.delete(call);
      this.#silent.delete(call);
    }
    return (track ?? new MediaTrack(call, 'callee')).report(report);
  }

  /** Closes and forgets the media of a call that did not come about. */
  drop(call: string): MediaOutcome {
    return this.keepOnly(new Set([...this.#tracks.keys(), ...this.#silent].filter((other) => other !== call)));
  }

  /** Closes and forgets the media of every call but these. */
  keepOnly(calls: ReadonlySet<string>): MediaOutcome {
    const dropped = [...this.#tracks].filter(([call]) => !calls.has(call));
    for (const [call] of dropped) this.#tracks.delete(call);
    for (const call of this.#silent) if (!calls.has(call)) this.#silent.delete(call);
    return { effects: dropped.flatMap(([, track]) => track.close().effects), signals: [] };
  }

  #track(call: string, role: 'caller' | 'callee'): MediaTrack | undefined {
    if (!this.isOn || this.#silent.has(call)) return undefined;
    const track = this.#tracks.get(call) ?? new MediaTrack(call, role);
    this.#tracks.set(call, track);
    return track;
  }
}
