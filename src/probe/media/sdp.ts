/** The parts of a session description that the media side reads and rewrites (RFC 8866, RFC 8829). */

export type Direction = 'SendRecv' | 'SendOnly' | 'RecvOnly' | 'Inactive';

/** The first live audio section of a description that has Opus. `direction` is its sender's. */
export interface AudioSection {
  readonly mid: string;
  readonly opusPayloadType: number;
  readonly direction: Direction;
}

const DIRECTIONS: Readonly<Record<string, Direction>> = {
  'a=sendrecv': 'SendRecv',
  'a=sendonly': 'SendOnly',
  'a=recvonly': 'RecvOnly',
  'a=inactive': 'Inactive',
};

/** The direction that answers an offered one (RFC 3264 section 6.1). */
export const ANSWERING: { readonly [D in Direction]: Direction } = {
  SendRecv: 'SendRecv',
  SendOnly: 'RecvOnly',
  RecvOnly: 'SendOnly',
  Inactive: 'Inactive',
};

/** Finds the first audio section that is not refused and has a mid and Opus; null when there is none. */
export function audioSectionOf(sdp: string): AudioSection | null {
  for (const section of sdp.split(/^m=/m).slice(1)) {
    if (!section.startsWith('audio ')) continue;
    const lines = section.split(/\r?\n/);
    // Port 0 refuses the section, unless it is bundled with another one (RFC 8843 section 6).
    if (section.startsWith('audio 0 ') && !lines.includes('a=bundle-only')) continue;
    const mid = lines
      .find((line) => line.startsWith('a=mid:'))
      ?.slice('a=mid:'.length)
      .trim();
    const opus = lines.map((line) => /^a=rtpmap:(\d{1,3}) opus\/48000/i.exec(line)?.[1]).find((type) => type !== undefined);
    if (mid === undefined || mid === '' || opus === undefined) continue;
    const direction = lines.map((line) => DIRECTIONS[line.trim()]).find((found) => found !== undefined) ?? 'SendRecv';
    return { mid, opusPayloadType: Number(opus), direction };
  }
  return null;
}

/** Rewrites every candidate line of a description in sequence; lines for which `rewrite` returns null are removed. */
export async function rewriteCandidates(sdp: string, rewrite: (line: string) => Promise<string | null>): Promise<string> {
  if (!sdp.includes('a=candidate:')) return sdp;
  const kept: string[] = [];
  for (const line of sdp.split(/\r?\n/)) {
    const rewritten = line.startsWith('a=candidate:') ? await rewrite(line) : line;
    if (rewritten !== null) kept.push(rewritten);
  }
  return kept.join('\r\n');
}
