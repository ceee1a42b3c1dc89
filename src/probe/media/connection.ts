/** The only file that touches node-datachannel: one native connection with one audio track, its callbacks turned into events. */
import { createSocket } from 'node:dgram';
import { Audio, PeerConnection, preload, type Track } from 'node-datachannel';
import type { Millis } from '../../protocol/machine.js';
import type { IceCandidate, SessionDescription } from '../../protocol/media.js';
import type { Clock } from '../runtime/ports.js';
import { SEND_TIME_ID, SEND_TIME_URI } from './rtp.js';
import type { AudioSection } from './sdp.js';

/** An event of a native callback, with its time. */
export type NativeEvent = { readonly at: Millis } & (
  | { readonly kind: 'description'; readonly description: SessionDescription }
  | { readonly kind: 'candidate'; readonly candidate: IceCandidate }
  | { readonly kind: 'ice' | 'connection'; readonly state: string }
  | { readonly kind: 'open' }
  | { readonly kind: 'packet'; readonly bytes: Uint8Array }
);

/** A guarded native connection: no method throws; methods that can fail return the library's message, or null. */
export interface Connection {
  addAudio(section: AudioSection, ssrc: number, name: string): string | null;
  createOffer(): string | null;
  /** Applies a remote description and answers an offer. */
  setRemote(description: SessionDescription): string | null;
  addCandidate(candidate: IceCandidate): string | null;
  /** Sends one RTP packet; false when it was not sent. */
  send(packet: Uint8Array): boolean;
  close(): void;
}

/**
 * One queue between the library's callbacks and this program. An exception that escapes such a callback aborts the
 * process, and a call back into the library from within may find it half changed; so callbacks only put something
 * here, and it is handled later in order of arrival.
 */
export interface Sink {
  put(handle: () => void): void;
}

export function createSink(): Sink {
  let waiting: (() => void)[] = [];
  const drain = (): void => {
    const batch = waiting;
    waiting = [];
    for (const handle of batch) handle();
  };
  return {
    put(handle) {
      if (waiting.length === 0) setImmediate(drain);
      waiting.push(handle);
    },
  };
}

/** Native objects whose connection is closing: collecting one as garbage before it has closed would crash. */
const retiring = new Set<object>();

/**
 * Loads the native library's threads and tables, so that the first call is not slower than the others. Rejects if `bindAddress`
 * cannot be bound: the library would abort the process because of that in the middle of a call.
 */
export async function warmUp(bindAddress: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', ({ message }) => {
      reject(new Error(`no media socket can be bound to ${bindAddress}: ${message}; give an IPv4 address of this machine`));
    });
    socket.bind(0, bindAddress, () => socket.close(() => resolve()));
  });
  preload();
}

/** A connection bound to `bindAddress`, without servers. Events go through `sink` to `handle`, none after `close`. */
export function openConnection(
  name: string,
  bindAddress: string,
  sink: Sink,
  clock: Clock,
  handle: (event: NativeEvent) => void,
): Connection {
  const native = new PeerConnection(name, { iceServers: [], bindAddress });
  let live = true;

  const tell = (event: NativeEvent): void => {
    if (!live) return;
    sink.put(() => {
      if (live) handle(event);
    });
  };
  const open = { connection: true, track: false };
  const kept: { readonly native: PeerConnection; track: Track | null } = { native, track: null };
  const retired = (part: keyof typeof open): void => {
    open[part] = false;
    if (open.connection || open.track) return;
    sink.put(() => {
      retiring.delete(kept);
      // The track's callbacks hold this scope, which would hold the track: a cycle through the library that is never collected.
      kept.track = null;
    });
  };

  native.onLocalDescription((sdp, type) => {
    if (type !== 'offer' && type !== 'answer') return;
    tell({ kind: 'description', at: clock.now(), description: { type, sdp } });
  });
  native.onLocalCandidate((candidate, sdpMid) => {
    tell({ kind: 'candidate', at: clock.now(), candidate: { candidate: candidate.replace(/^a=/, ''), sdpMid } });
  });
  native.onIceStateChange((state) => tell({ kind: 'ice', at: clock.now(), state }));
  native.onStateChange((state) => {
    tell({ kind: 'connection', at: clock.now(), state });
    if (state === 'closed') retired('connection');
  });

  const listen = (to: Track): void => {
    to.onOpen(() => tell({ kind: 'open', at: clock.now() }));
    to.onMessage((bytes) => tell({ kind: 'packet', at: clock.now(), bytes }));
    to.onClosed(() => retired('track'));
  };

  return {
    addAudio: (section, ssrc, streamName) =>
      attempt(() => {
        const audio = new Audio(section.mid, section.direction);
        audio.addOpusCodec(section.opusPayloadType);
        audio.addSSRC(ssrc, streamName, streamName, 'audio');
        audio.parseSdpLine(`a=extmap:${SEND_TIME_ID} ${SEND_TIME_URI}`);
        const track = native.addTrack(audio);
        kept.track = track;
        open.track = true;
        listen(track);
      }),
    createOffer: () => attempt(() => native.setLocalDescription('offer')),
    // The library answers an offer by itself. That is intended: an exception from within is caught there, while one from
    // `setLocalDescription` called from here aborts the process.
    setRemote: (description) => attempt(() => native.setRemoteDescription(description.sdp, description.type)),
    addCandidate: (candidate) => attempt(() => native.addRemoteCandidate(candidate.candidate, candidate.sdpMid)),
    send(packet) {
      const { track } = kept;
      if (!live || track === null) return false;
      try {
        return track.isOpen() && track.sendMessageBinary(Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength));
      } catch {
        // The library closes a track by itself when the other side leaves; later packets are not sent.
        return false;
      }
    },
    close() {
      if (!live) return;
      live = false;
      if (open.connection || open.track) retiring.add(kept);
      // The connection closes its track itself; closing the track from here races with the library's own threads.
      attempt(() => native.close());
    },
  };
}

/** Runs a native call; returns the message of its exception, or null. */
function attempt(call: () => void): string | null {
  try {
    call();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
