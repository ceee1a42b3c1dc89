/** Session descriptions as text: embedded candidates, and a placeholder description (RFC 8866, RFC 8839). */
import { hash32 } from '../../protocol/rng.js';

/** The candidate lines of a description, without `a=`. */
export function candidatesIn(sdp: string): string[] {
  return sdp
    .split(/\r?\n/)
    .filter((line) => line.startsWith('a=candidate:'))
    .map((line) => line.slice(2));
}

/** The description with these candidates in its last section, and end-of-candidates. */
export function withCandidates(sdp: string, candidates: readonly string[]): string {
  const body = sdp.replace(/(\r?\n)*$/, '');
  const lines = candidates.map((line) => `a=${line.replace(/^a=/, '')}`);
  return `${[body, ...lines, 'a=end-of-candidates'].join('\r\n')}\r\n`;
}

/** A well-formed audio description without a candidate, for calls without media. */
export function placeholderSdp(call: string): string {
  const id = hash32(call);
  const fingerprint = Array.from({ length: 32 }, (_, index) =>
    (hash32(`${call} ${index}`) & 0xff).toString(16).padStart(2, '0').toUpperCase(),
  ).join(':');
  return `${[
    'v=0',
    `o=- ${id} 1 IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'c=IN IP4 0.0.0.0',
    'a=mid:0',
    'a=sendrecv',
    `a=ice-ufrag:${id.toString(36).padStart(4, '0').slice(0, 8)}`,
    `a=ice-pwd:${`${id.toString(36)}${hash32(`${call} pwd`).toString(36)}`.padStart(22, '0').slice(0, 24)}`,
    `a=fingerprint:sha-256 ${fingerprint}`,
    'a=setup:actpass',
    'a=rtcp-mux',
    'a=rtpmap:111 opus/48000/2',
  ].join('\r\n')}\r\n`;
}
