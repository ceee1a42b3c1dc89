/** Where the server sent news instead: to a device twice, to a stranger, over a dead connection or under another call. */
import { isEvent } from '../../protocol/message-kinds.js';
import type { EventOf } from '../../trace/event.js';
import type { Gap } from '../history/gaps.js';
import { carriedBy, deviceOf, isDown, type Letter } from '../history/letters.js';
import { SERVER, userOf } from '../history/replay.js';
import type { Timeline } from './timeline.js';

type Wire = EventOf<'wire'>;

export interface Stray {
  readonly wire: Wire;
  /** As the end of the sentence "it went". */
  readonly where: string;
}

/** A frame with the news of this gap that went somewhere else than it should, or null. */
export function strayOf(timeline: Timeline, gap: Gap): Stray | null {
  return underAnotherCall(gap) ?? toStaleConnection(timeline, gap) ?? toAnotherDevice(timeline, gap);
}

function underAnotherCall({ device, journey }: Gap): Stray | null {
  const { news, altered } = journey;
  if (altered === null || altered.node !== SERVER) return null;
  const [carried] = carriedBy(altered);
  if (carried === undefined || carried.id === news.call) return null;
  return { wire: altered, where: `to ${device} under the call id ${carried.id}` };
}

/** Its connection was replaced by a newer one of the same device, which the server had greeted. */
function toStaleConnection({ letters }: Timeline, { device, journey }: Gap): Stray | null {
  const { written } = journey;
  if (written === null || journey.stage !== 'unread') return null;
  const greetings = (letters.up.get(device) ?? [])
    .flatMap(({ reads }) => reads)
    .filter(({ kind, n }) => kind === 'hello' && n < written.n);
  const latest = greetings.reduce<Wire | null>((a, b) => (a !== null && a.conn > b.conn ? a : b), null);
  if (latest === null || written.conn >= latest.conn || written.conn === 0) return null;
  return { wire: written, where: `over connection ${written.conn} of ${device}, which connection ${latest.conn} had replaced` };
}

/** One who has it twice, or who has no part in the call. */
function toAnotherDevice(timeline: Timeline, { device, history, journey }: Gap): Stray | null {
  if (journey.stage !== 'unwritten' && journey.stage !== 'unseen') return null;
  const users = new Set([...history.callees, history.caller === null ? null : userOf(history.caller)]);
  for (const other of timeline.letters.down.keys()) {
    if (other === device) continue;
    const copies = timeline.letters
      .about(other, journey.news.call)
      .filter((letter) => tellsOf(letter, journey.news.call, journey.news.version, timeline));
    const last = copies.at(-1);
    const wire = last?.writes[0] ?? last?.reads[0];
    if (wire === undefined) continue;
    if (!users.has(userOf(other))) return { wire, where: `to ${other}, which has no part in the call` };
    if (copies.length > 1) return { wire, where: `to ${other} a second time` };
  }
  return null;
}

/** Whether a letter is an event of its own about exactly this version. */
function tellsOf(letter: Letter, call: string, version: number | null, { index }: Timeline): boolean {
  const wire = letter.writes[0] ?? letter.reads[0];
  if (wire === undefined || version === null || !isEvent(wire.kind) || !isDown(wire)) return false;
  const carried = carriedBy(wire);
  if (carried.length > 0) return carried.some((one) => one.id === call && one.version === version);
  const change = wire.cause === null ? undefined : index.get(wire.cause);
  return change?.type === 'record' && change.call === call && change.version === version && deviceOf(wire) === letter.device;
}
