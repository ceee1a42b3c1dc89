/** One model of a ladder: what a trace shows as lanes, messages, states and remarks, whoever draws it. Plain data. */
import type { MessageKind } from '../../protocol/message-kinds.js';
import type { ViewEndReason } from '../../protocol/reasons.js';
import type { Sign, Tone } from './labels.js';

/** A vertical line of the drawing: a device, or a server or proxy between the two sides. */
export interface Lane {
  readonly node: string;
  /** The user alone where it has one device. */
  readonly label: string;
  /** `other`: an agent that is no device of the scenario. */
  readonly side: 'caller' | 'callee' | 'server' | 'proxy' | 'other';
}

/** A time in which what the devices show cannot be true of one call. Instants in milliseconds since the run began. */
export interface Disagreement {
  readonly call: string;
  readonly fromN: number;
  readonly fromAt: number;
  readonly toAt: number;
  /** It was still so when the scenario was over. */
  readonly lasting: boolean;
  /** `alice=ringing bob=connected`. */
  readonly words: string;
}

/** What went differently first. */
export interface Divergence {
  /** `passing`: nothing that lasted, only the longest disagreement on the way. */
  readonly how: 'never-sent' | 'lost' | 'not-applied' | 'not-shown' | 'differs' | 'violation' | 'missing' | 'passing';
  /** The event to mark. For what was never sent or is missing the one after which it should have come. */
  readonly n: number;
  /** The device at the other end of the server's link, or which shows the wrong thing. */
  readonly device: string;
  /** Null where it is about no message. */
  readonly kind: MessageKind | null;
  /** Which way the message went, or should have gone, seen from the device. */
  readonly dir: 'up' | 'down' | null;
  /** Without a full stop: `event.connected for alice/phone was never written`. */
  readonly sentence: string;
}

/** What a drawing has to know of the whole trace while it shows a part of it; can be embedded beside that part. */
export interface LadderFacts {
  readonly serverVisible: boolean;
  /** Callers' devices, proxies and servers, and everybody else. */
  readonly lanes: readonly Lane[];
  /** Written and read: the `n` at the one end and at the other. */
  readonly arrivals: readonly (readonly [out: number, into: number])[];
  /** `n` of messages that were never read at their other end. */
  readonly lost: readonly number[];
  /** `n` of messages that were read with another text than they were written with. */
  readonly altered: readonly number[];
  readonly apart: readonly Disagreement[];
  readonly divergence: Divergence | null;
  /** `n` of the mark at which the scenario was over and the probe's own epilogue began, or null. */
  readonly overN: number | null;
}

interface Item {
  /** The event that it stands for; 0 for what the drawing adds. */
  readonly n: number;
  readonly at: number;
  /** All events that it shows, for links to any of them. */
  readonly covers: readonly number[];
  /** Printable. */
  readonly text: string;
  /** The call that it is about, or null. */
  readonly call: string | null;
  /** How much it says about why two sides disagree, from 0 on: what to leave out first where there is no room. */
  readonly weight: number;
  /** It is what should have happened after the event `n`, and did not. */
  readonly isAbsent?: true;
}

/** A message between two nodes; lanes are indices of `facts.lanes`. */
export interface MessageItem extends Item {
  readonly kind: 'message';
  readonly from: number;
  readonly to: number;
  /** `unseen`: what became of it is not in the trace. `never`: it should have been written here, and was not. */
  readonly fate: 'read' | 'lost' | 'altered' | 'unseen' | 'never';
  /** When it was read, or null. */
  readonly arrivedAt: number | null;
  /** Housekeeping and routine: in the background. */
  readonly quiet: boolean;
  /** An answer to a command or a log-in. */
  readonly isAnswer: boolean;
  /** How many candidates it stands for; 0 for any other message. */
  readonly candidates: number;
}
/** What a device shows, or a server holds, from here on. */
export interface StateItem extends Item {
  readonly kind: 'state';
  readonly lane: number;
  readonly state: string;
  /** Null at a server. */
  readonly reason: ViewEndReason | null;
}
/** Something at one lane, or across all of them (`lane` is null): an action of a user, media, a fault, a refusal. */
export interface RemarkItem extends Item {
  readonly kind: 'remark';
  readonly lane: number | null;
  readonly sign: Sign;
  readonly tone: Tone;
}
export type LadderItem = MessageItem | StateItem | RemarkItem;

/** What has to be seen whatever else is left out. */
export const WEIGHT_MAX = 9;

/** Whether a lane is that of a server or proxy, and not of a device. */
export const isBetween = ({ side }: Lane): boolean => side === 'server' || side === 'proxy';
