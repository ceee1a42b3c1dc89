/** The media of one device in one call, inside the media process: negotiation, set-up, one audio stream each way. */

import type { MediaReport } from '../../client/ports.js';
import type { Millis } from '../../protocol/machine.js';
import type { IceCandidate, MediaStats, SessionDescription } from '../../protocol/media.js';
import { createRng } from '../../protocol/rng.js';
import type { Clock } from '../runtime/ports.js';
import type { Unusable } from './candidate.js';
import { type Connection, type NativeEvent, openConnection, type Sink } from './connection.js';
import type { Pacer } from './pacer.js';
import { type MediaSettings, messageText } from './protocol.js';
import { createReceiver, type FlowChange } from './receiver.js';
import type { Relay } from './relay.js';
import { buildRtp, FRAME_TICKS, OPUS_PAYLOAD_TYPE, OPUS_SILENCE, parseRtp } from './rtp.js';
import { ANSWERING, type AudioSection, audioSectionOf, rewriteCandidates } from './sdp.js';

/** From ICE to DTLS in at least this time means that a DTLS flight was lost and sent again after OpenSSL's fixed 1 s. */
export const SETUP_STALLED_MS = 900;
const STATS_MS = 500;
/** Maximum number of remote candidates that wait for their description. */
const EARLY_CANDIDATES_MAX = 64;
const OFFERED_MID = '0';

const STAGES = ['ice', 'dtls', 'rtp'] as const;
type Stage = (typeof STAGES)[number];

/** What a peer needs of its process. */
export interface PeerHost {
  readonly settings: MediaSettings;
  readonly relay: Relay;
  readonly pacer: Pacer;
  readonly sink: Sink;
  readonly clock: Clock;
}

export interface Peer {
  offer(): void;
  remoteDescription(description: SessionDescription): void;
  remoteCandidate(candidate: IceCandidate): void;
  /** Checks deadlines, silence and due figures. */
  tick(now: Millis): void;
  /** Reports `closed` and frees everything; nothing is reported after that. */
  close(): void;
}

/** Opens the media of `device` in `call`. One negotiation each: an offer and its answer, and candidates in any order. */
export function openPeer(device: string, call: string, host: PeerHost, report: (report: MediaReport) => void): Peer {
  const { settings, clock } = host;
  const relayPeer = host.relay.join(device);
  const receiver = createReceiver();
  const rng = createRng(`${device} in ${call}`);
  const ssrc = rng.fork('ssrc').below(2 ** 32);
  // The first numbers stay below 2^15: SRTP guesses the cycle of the number from the first packet that arrives.
  const firstSequence = rng.fork('sequence').below(2 ** 15);
  const firstTimestamp = rng.fork('timestamp').below(2 ** 32);

  let phase: 'open' | 'failed' | 'closed' = 'open';
  let offered = false;
  let remote: 'none' | 'taken' | 'applied' = 'none';
  let local: AudioSection | null = null;
  let expectsRtp = true;
  let deadline: Millis | null = null;
  const reached = new Map<Stage, Millis>();
  let described = false;
  let heldCandidates: MediaReport[] = [];
  let earlyCandidates: IceCandidate[] = [];
  const candidates = { local: 0, remote: 0, unusable: new Map<Unusable | 'refused', number>() };
  let packetsSent = 0;
  let stopSending: (() => void) | null = null;
  let flowing = false;
  let statsAt: Millis = 0;
  let gone: string | null = null;

  const stats = (): MediaStats => {
    const figures = receiver.figures();
    const { jitterMs, delayMsP50, delayMsMax } = figures;
    const delays = { delayMsP50: delayMsP50 && toMicroseconds(delayMsP50), delayMsMax: delayMsMax && toMicroseconds(delayMsMax) };
    return { packetsSent, ...figures, jitterMs: toMicroseconds(jitterMs), ...delays };
  };
  const pending = (): Stage | null => STAGES.find((stage) => !reached.has(stage)) ?? null;

  const fail = (stage: Stage, message: string): void => {
    if (phase !== 'open') return;
    phase = 'failed';
    deadline = null;
    report({ kind: 'failed', at: clock.now(), stage, message: messageText(message) });
  };

  /** Reports a stage, and unreported stages below it: the library's callbacks are not ordered. */
  const reach = (stage: Stage, at: Millis): void => {
    for (const each of STAGES.slice(0, STAGES.indexOf(stage) + 1)) {
      if (reached.has(each)) continue;
      reached.set(each, at);
      if (phase === 'open') report({ kind: 'progress', at, stage: each, setupStalled: each !== 'ice' && stalledSetup() });
    }
    if (pending() === null || (pending() === 'rtp' && !expectsRtp)) deadline = null;
  };

  const stalledSetup = (): boolean => (reached.get('dtls') ?? 0) - (reached.get('ice') ?? 0) >= SETUP_STALLED_MS;

  const onFlow = (change: FlowChange | null): void => {
    if (change === null) return;
    flowing = change.kind !== 'stalled';
    if (change.kind === 'flowing') {
      statsAt = change.at + STATS_MS;
      reach('rtp', change.at);
    } else if (phase === 'open') report({ kind: change.kind, at: change.at, stats: stats() });
  };

  const startSending = (section: AudioSection): void => {
    if (stopSending !== null || section.direction === 'RecvOnly' || section.direction === 'Inactive') return;
    let first: number | null = null;
    stopSending = host.pacer.add((beat) => {
      first ??= beat;
      const sent = connection?.send(
        buildRtp({
          payloadType: section.opusPayloadType,
          marker: beat === first,
          sequence: firstSequence + packetsSent,
          timestamp: (firstTimestamp + (beat - first) * FRAME_TICKS) % 2 ** 32,
          ssrc,
          sentAtUs: Math.floor(clock.now() * 1000),
          payload: OPUS_SILENCE,
        }),
      );
      if (sent === true) packetsSent += 1;
    });
  };

  const onNative = (event: NativeEvent): void => {
    switch (event.kind) {
      case 'description':
        if (described) return;
        for (const line of event.description.sdp.split(/\r?\n/)) relayPeer.localCandidate(line);
        report(event);
        described = true;
        for (const held of heldCandidates) report(held);
        heldCandidates = [];
        return;
      case 'candidate':
        candidates.local += 1;
        relayPeer.localCandidate(event.candidate.candidate);
        if (described) report(event);
        else heldCandidates.push(event);
        return;
      case 'ice':
        if (event.state === 'connected' || event.state === 'completed') {
          reach('ice', event.at);
          relayPeer.iceUp();
        } else if (event.state === 'failed' || event.state === 'disconnected') fail('ice', lostSentence());
        return;
      case 'connection':
        if (event.state === 'connected') reach('dtls', event.at);
        else if (event.state === 'failed') fail(reached.has('ice') ? 'dtls' : 'ice', lostSentence());
        else if (event.state === 'disconnected' || event.state === 'closed') gone = 'the other side closed the connection';
        return;
      case 'open':
        if (local !== null) startSending(local);
        return;
      case 'packet': {
        const packet = parseRtp(event.bytes);
        if (packet !== null) onFlow(receiver.receive(packet, event.at));
        return;
      }
    }
  };

  const lostSentence = (): string => {
    if (reached.has('dtls')) return 'ICE lost the path after the connection was up';
    return reached.has('ice') ? `the DTLS handshake failed; ICE was up` : `ICE found no path: ${candidateSentence()}`;
  };

  const candidateSentence = (): string => {
    const unusable = [...candidates.unusable].map(([why, count]) => `${count} ${why}`);
    const dropped = unusable.length === 0 ? '' : `, not usable: ${unusable.join(', ')}`;
    return `${candidates.local} local and ${candidates.remote} remote candidates${dropped}`;
  };

  const deadlineSentence = (stage: Stage): string => {
    if (remote === 'none') return `no answer to the offer within ${settings.answerMs} ms`;
    const within = `within ${settings.setupMs} ms after the descriptions were exchanged`;
    const because = gone === null ? '' : `; ${gone}`;
    if (stage === 'ice') return `ICE found no path ${within}: ${candidateSentence()}${because}`;
    if (stage === 'dtls') return `DTLS was not up ${within}, ICE was${because}`;
    const { packetsReceived } = stats();
    return `RTP did not flow ${within}: ${packetsReceived} packets received, ${packetsSent} sent${because}`;
  };

  let connection: Connection | null = null;
  /** Remote input is handled in sequence, because rewriting a candidate may have to wait for a socket. */
  let turn: Promise<void> = Promise.resolve();
  const inTurn = (step: () => Promise<void>): void => {
    turn = turn
      .then(async () => {
        if (phase !== 'closed') await step();
      })
      .catch((error: Error) => fail('ice', `the relay has no path for this call: ${error.message}`));
  };

  const connect = (section: AudioSection): void => {
    connection = openConnection(`${device} ${call}`, settings.bindAddress, host.sink, clock, onNative);
    local = section;
    const error = connection.addAudio(section, ssrc, device);
    if (error !== null) fail('ice', `the audio track could not be made: ${error}`);
  };

  const applyDescription = async (description: SessionDescription): Promise<void> => {
    const section = audioSectionOf(description.sdp);
    if (section === null) return fail('ice', `the remote ${description.type} accepts no Opus audio`);
    expectsRtp = section.direction === 'SendRecv' || section.direction === 'SendOnly';
    if (connection === null) connect({ ...section, direction: ANSWERING[section.direction] });
    const sdp = await rewriteCandidates(description.sdp, towardPeer);
    if (phase === 'closed' || connection === null) return;
    const error = connection.setRemote({ type: description.type, sdp });
    if (error !== null) return fail('ice', `the remote ${description.type} could not be applied: ${error}`);
    remote = 'applied';
    if (phase === 'open' && pending() !== null) deadline = clock.now() + settings.setupMs;
    const early = earlyCandidates;
    earlyCandidates = [];
    for (const candidate of early) await applyCandidate(candidate);
  };

  const applyCandidate = async (candidate: IceCandidate): Promise<void> => {
    const line = await towardPeer(candidate.candidate);
    if (line === null || phase === 'closed' || connection === null) return;
    const error = connection.addCandidate({ candidate: line, sdpMid: candidate.sdpMid });
    if (error !== null) countUnusable('refused');
  };

  const towardPeer = async (line: string): Promise<string | null> => {
    const answer = await relayPeer.toward(line);
    if ('unusable' in answer) {
      countUnusable(answer.unusable);
      return null;
    }
    candidates.remote += 1;
    return answer.line;
  };

  const countUnusable = (why: Unusable | 'refused'): void => {
    candidates.unusable.set(why, (candidates.unusable.get(why) ?? 0) + 1);
  };

  return {
    offer() {
      if (phase !== 'open' || offered || remote !== 'none') return;
      offered = true;
      deadline = clock.now() + settings.answerMs;
      connect({ mid: OFFERED_MID, opusPayloadType: OPUS_PAYLOAD_TYPE, direction: 'SendRecv' });
      const error = connection?.createOffer() ?? null;
      if (error !== null) fail('ice', `the offer could not be made: ${error}`);
    },
    remoteDescription(description) {
      // One negotiation: a repeated description changes nothing.
      if (phase !== 'open' || remote !== 'none') return;
      if (offered !== (description.type === 'answer')) {
        return fail(
          'ice',
          offered ? 'a remote offer arrived although this side had offered' : 'an answer arrived without an offer',
        );
      }
      remote = 'taken';
      deadline = clock.now() + settings.setupMs;
      inTurn(() => applyDescription(description));
    },
    remoteCandidate(candidate) {
      // An empty candidate means end of candidates (RFC 8838 section 13).
      if (phase === 'closed' || candidate.candidate === '') return;
      inTurn(async () => {
        if (remote === 'applied') await applyCandidate(candidate);
        else if (earlyCandidates.length < EARLY_CANDIDATES_MAX) earlyCandidates.push(candidate);
      });
    },
    tick(now) {
      if (phase === 'closed') return;
      const stage = pending();
      if (deadline !== null && now >= deadline && stage !== null) fail(stage, deadlineSentence(stage));
      onFlow(receiver.tick(now));
      if (!flowing || phase !== 'open' || now < statsAt) return;
      statsAt = statsAt + STATS_MS > now ? statsAt + STATS_MS : now + STATS_MS;
      report({ kind: 'stats', at: now, stats: stats() });
    },
    close() {
      if (phase === 'closed') return;
      phase = 'closed';
      stopSending?.();
      const last = stats();
      connection?.close();
      relayPeer.leave();
      report({ kind: 'closed', at: clock.now(), stats: last });
    },
  };
}

/** Milliseconds to three places: finer values are noise of the clock. */
function toMicroseconds(ms: Millis): Millis {
  return Math.round(ms * 1000) / 1000;
}
