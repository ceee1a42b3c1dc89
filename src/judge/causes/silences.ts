/** The talks in which a side received no media, and where the signals of both sides stopped. */
import { isSignal } from '../../protocol/message-kinds.js';
import { markOf } from '../history/history.js';
import { isObject, type Message, messagesOf } from '../history/messages.js';
import { type Reception, receptionOf, type Talk, talksOf } from '../history/talk.js';
import { type Context, failedIn } from './context.js';

/** Media that stayed as it is for this long, in milliseconds, will not come up by itself. */
const SETTLED_MS = 5_000;

/** A talk with media on one side at most, and what each side received. */
export interface Silence {
  readonly talk: Talk;
  readonly sides: readonly [Reception, Reception];
}

/** The talks that a checker found without media on a side. */
export function silencesOf(context: Context): Silence[] {
  const { history } = context;
  const cited = new Set(failedIn(context, 'media').flatMap(({ evidence }) => evidence));
  if (cited.size === 0) return [];
  return talksOf(history)
    .filter(({ evidence }) => evidence.every((n) => cited.has(n)))
    .map((talk): Silence => {
      const [a, b] = talk.sides;
      return { talk, sides: [receptionOf(history, talk, a), receptionOf(history, talk, b)] };
    })
    .filter(({ sides }) => sides.some(({ state }) => state !== 'flowing') && !isUnderWay(context, sides));
}

/** Where the trace was cut, media that changed a moment ago may be about to change again. */
function isUnderWay({ history }: Context, sides: readonly Reception[]): boolean {
  const end = history.last;
  if (end === null || markOf(history, 'quiesced') !== null) return false;
  return sides.some(({ last, state }) => state !== 'flowing' && last !== null && end.at - last.at < SETTLED_MS);
}

/** Signals of a call that did not get through, and where they stopped. */
export interface LostSignals {
  readonly hop: string;
  readonly from: string;
  readonly messages: readonly Message[];
  /** Such as `2 signal.candidate`. */
  readonly words: string;
}

/** Signals that stopped on their path from one side to the other, before the talk was over. */
export function lostSignals({ history, isFromLog }: Context, { talk }: Silence): LostSignals[] {
  if (!history.serverVisible || isFromLog) return [];
  const { up, down } = messagesOf(history);
  const passedOn = new Set(
    history.wires.flatMap(({ node, dir, cause }) => (history.isServer(node) && dir === 'out' && cause !== null ? [cause] : [])),
  );
  return talk.sides.flatMap((device, i): LostSignals[] => {
    const other = talk.sides[1 - i] ?? device;
    const isMine = ({ writes, reads }: Message): boolean => {
      const wire = writes[0] ?? reads[0];
      return wire !== undefined && isSignal(wire.kind) && wire.call === talk.call.call && wire.n < talk.toN;
    };
    const sent = (up.get(device) ?? []).filter(isMine);
    const relayed = (down.get(other) ?? []).filter(isMine);
    const isUnread = ({ reads }: Message): boolean => reads.length === 0;
    const isSwallowed = ({ reads }: Message): boolean => reads.length > 0 && !reads.some(({ n }) => passedOn.has(n));
    const stops = [
      { hop: `${device}.signaling`, messages: sent.filter(isUnread) },
      { hop: history.serverOf(device), messages: sent.filter(isSwallowed) },
      { hop: `${other}.signaling`, messages: relayed.filter(isUnread) },
    ];
    return stops
      .filter(({ messages }) => messages.length > 0)
      .map(({ hop, messages }) => ({ hop, from: device, messages, words: countWords(messages) }));
  });
}

/** The kinds of candidates that a side sent, such as `host srflx`, and what its description was. */
export function offeredBy({ history }: Context, { talk }: Silence, device: string): string {
  const wires = (messagesOf(history).up.get(device) ?? [])
    .flatMap(({ writes }) => writes.slice(0, 1))
    .filter(({ kind, call }) => isSignal(kind) && call === talk.call.call);
  const candidates = wires.filter(({ kind }) => kind === 'signal.candidate');
  const types = new Set(
    candidates.flatMap(({ frame }) => {
      const data = isObject(frame) ? frame['data'] : undefined;
      const words = isObject(data) && typeof data['candidate'] === 'string' ? data['candidate'].split(' ') : [];
      const at = words.indexOf('typ');
      return at < 0 ? [] : (words[at + 1] ?? []);
    }),
  );
  const descriptions = (['offer', 'answer', 'description'] as const).filter((what) =>
    wires.some(({ kind }) => kind === `signal.${what}`),
  );
  const described = descriptions.length === 0 ? 'no description' : descriptions.join(' and ');
  return `${device} sent ${described} and ${candidates.length} candidates${types.size === 0 ? '' : ` (${[...types].join(' ')})`}`;
}

function countWords(messages: readonly Message[]): string {
  const kinds = messages.flatMap(({ writes, reads }) => (writes[0] ?? reads[0])?.kind ?? []);
  return [...new Set(kinds)].map((kind) => `${kinds.filter((one) => one === kind).length} ${kind}`).join(' and ');
}
