/** Applies one rule to a message: the call that it belongs to, and what the probe receives. Pure. */
import type { Carried, MessageMeaning } from '../../probe/adapter/port.js';
import type { ViewEndReason } from '../../protocol/reasons.js';
import { VIEW_END_REASONS } from '../../protocol/reasons.js';
import type { Rule } from './dialect.js';
import { INCOMING_KIND } from './kinds.js';
import type { Meaning } from './schema.js';
import { candidateIn, descriptionIn, reasonIn } from './taking.js';

/** A call in a session. */
export interface SessionCall {
  readonly key: string;
  /** The probe's id of a call that this side made. */
  readonly probeId: string;
  /** Its id on this hop. */
  wire: string | null;
  /** The target's name of the other side, if a message contained it. */
  address: string | null;
  peer: string | null;
  /** The target's name of the group that was called instead of one user; null for none. */
  readonly group: string | null;
  readonly side: 'caller' | 'callee';
  readonly values: Map<string, unknown>;
  isLive: boolean;
  /** The connection over which its id became known. */
  connection: number;
}

export interface MeaningGround {
  readonly wire: string | null;
  readonly from: string | null;
  /** The call that it seems to belong to. */
  readonly call: SessionCall | null;
  readonly offers: 'caller' | 'callee' | 'both';
  /** Whether ids mean the same on all connections: otherwise they stay within the session. */
  readonly areIdsShared: boolean;
  /** The key of a new call with this id. */
  readonly keyFor: (wire: string | null) => string;
  readonly userAt: (address: string) => string | null;
}

export interface Meant {
  readonly kind: string | null;
  readonly key: string | null;
  readonly wire: string | null;
  readonly from: string | null;
  readonly reason: ViewEndReason | null;
  readonly carries: readonly Carried[];
  readonly call: SessionCall | null;
  /** Whether it is a new incoming call. */
  readonly isNew: boolean;
  readonly heard: readonly MessageMeaning[];
}

export function meaningOf(rule: Pick<Rule, 'means'>, values: ReadonlyMap<string, unknown>, ground: MeaningGround): Meant {
  const { wire, from, offers, keyFor, userAt } = ground;
  const shared = ground.areIdsShared ? wire : null;
  const isAgain = rule.means.includes('still-ringing');
  const isIncoming = isAgain || rule.means.includes('incoming');
  // A call that this device has declined or left may keep ringing at others.
  const isOver = ground.call?.isLive === false && !isAgain;
  const isNew = isIncoming && (ground.call === null || isOver || ground.call.side === 'caller');
  const call: SessionCall | null = isNew
    ? {
        key: keyFor(wire),
        probeId: '',
        wire,
        address: from,
        peer: from === null ? null : userAt(from),
        group: null,
        side: 'callee',
        values: new Map(),
        isLive: true,
        connection: 0,
      }
    : ground.call;
  // An unknown id is reported as it is: it must not be taken for the call that is shown.
  const key = call?.key ?? wire;
  const side = call?.side ?? 'callee';
  const standard = standardType(offers, side, isIncoming, rule.means.includes('accepted'));
  const description = descriptionIn(values, standard);
  const candidate = values.has('candidate') ? candidateIn(values) : null;
  const reason = rule.means.find(isEnd) ?? (rule.means.includes('ended') ? reasonIn(values) : null);
  const heard = rule.means.flatMap((word): MessageMeaning[] => {
    if (isEnd(word)) return [{ event: 'ended', key, reason: word }];
    switch (word) {
      case 'incoming':
        return [{ event: 'incoming', key: key ?? keyFor(wire), wire: shared, from, description }];
      case 'still-ringing':
        return call?.isLive === true ? [{ event: 'incoming', key: call.key, wire: shared, from, description, again: true }] : [];
      case 'ringing':
        return [{ event: 'ringing', key }];
      case 'accepted':
        return [{ event: 'accepted', key, description }];
      case 'ended':
        return [{ event: 'ended', key, reason }];
      case 'description':
        return description === null ? [] : [{ event: 'description', key, description }];
      case 'candidate':
        return candidate === null ? [] : [{ event: 'candidate', key, ...candidate }];
      default:
        return [];
    }
  });
  return {
    kind: kindOf(rule.means, description?.type ?? 'offer'),
    key,
    wire: ground.areIdsShared ? (wire ?? call?.wire ?? null) : null,
    from,
    reason,
    carries: [
      ...(description === null ? [] : [{ what: description.type, text: description.sdp }]),
      ...(candidate === null ? [] : [{ what: 'candidate', text: candidate.candidate } as const]),
    ],
    call,
    isNew,
    heard,
  };
}

/** The type of a description that does not say it. Where both sides offer, the server answers. */
function standardType(
  offers: MeaningGround['offers'],
  side: SessionCall['side'],
  isIncoming: boolean,
  isAccepted: boolean,
): 'offer' | 'answer' {
  if (offers === 'both') return 'answer';
  if (isIncoming) return 'offer';
  if (isAccepted) return offers === 'caller' ? 'answer' : 'offer';
  return side === offers ? 'answer' : 'offer';
}

/** The kind of a message with several meanings is the kind of the first, in the order of MEANINGS. */
function kindOf([first]: Rule['means'], type: 'offer' | 'answer'): string | null {
  if (first === undefined) return null;
  if (isEnd(first)) return 'event.ended';
  if (first === 'description') return `signal.${type}`;
  return INCOMING_KIND[first][0] ?? null;
}

function isEnd(word: Meaning | ViewEndReason): word is ViewEndReason {
  return (VIEW_END_REASONS as readonly string[]).includes(word);
}
