/** A compiled dialect: closed types, with the place in the file of everything that can fail later. */

import type { MediaTraits, Traits } from '../../probe/adapter/port.js';
import type { Millis } from '../../protocol/machine.js';
import type { ViewEndReason } from '../../protocol/reasons.js';
import type { Path } from '../../scenarios/language/problem.js';
import type { Condition } from './condition.js';
import type { ValuePath } from './path.js';
import type { DialectAction, Meaning } from './schema.js';
import type { Expression, Template } from './template.js';

/** `peerjs.yaml:31:7 receive[2].take["call.id"]`: a place in the file, for messages. */
export type Place = string;

/** A template that has to have a value, and its place. */
export interface Filled {
  readonly template: Template;
  readonly place: Place;
}

/** A value that a template requires. */
export interface Need {
  readonly expression: Expression;
  readonly path: Path;
  readonly place: Place;
}

/** One value to store. */
export interface Take {
  /** `call.id`, `connection.session`, `from`, `sdp`. */
  readonly name: string;
  readonly path: ValuePath | null;
  /** The fields of a composite value, such as an id of room and number. */
  readonly join: { readonly paths: readonly ValuePath[]; readonly between: string } | null;
  readonly json: ValuePath | null;
  readonly value: Template | null;
  readonly map: ReadonlyMap<string, Template> | null;
  readonly isOptional: boolean;
  readonly place: Place;
}

export interface ErrorReply {
  readonly when: Condition;
  readonly text: ValuePath | null;
  readonly code: ValuePath | null;
  readonly ends: ReadonlyMap<string, ViewEndReason>;
}

export interface ReplySpec {
  readonly withinMs: Millis;
  readonly ok: Condition | null;
  readonly take: readonly Take[];
  readonly error: ErrorReply | null;
  readonly waits: boolean;
  readonly place: Place;
}

export interface ExpectSpec {
  readonly when: Condition;
  readonly take: readonly Take[];
  readonly withinMs: Millis;
  readonly error: ErrorReply | null;
  readonly place: Place;
}

export type Send = ({ readonly message: Template } | { readonly event: string; readonly args: readonly Template[] }) & {
  readonly place: Place;
};

export interface ScriptStep {
  readonly only: Condition | null;
  readonly set: readonly (readonly [name: string, value: Template])[];
  readonly send: Send | null;
  /** A request in place of a message; its answer is the reply. */
  readonly http: ActionRequest | null;
  readonly reply: ReplySpec | null;
  readonly expect: ExpectSpec | null;
  readonly disconnects: boolean;
  readonly place: Place;
}

export interface Rule {
  readonly when: Condition;
  readonly means: readonly (Meaning | ViewEndReason)[];
  /** Its name as a partial message; null for a message with a meaning of its own. */
  readonly part: string | null;
  readonly take: readonly Take[];
  readonly each: ValuePath | null;
  readonly reply: Send | null;
  readonly ack: readonly Template[] | null;
  readonly continues: boolean;
  readonly place: Place;
}

/** The common meaning of several partial messages, in any order. */
export interface Together {
  readonly parts: readonly string[];
  readonly means: readonly (Meaning | ViewEndReason)[];
  /** How long after the first part the last one may arrive before it is reported as missing. */
  readonly withinMs: Millis;
  readonly place: Place;
}

export interface HttpStep {
  readonly method: string;
  readonly url: Filled;
  readonly headers: Template;
  readonly body: Template | null;
  readonly isRight: (status: number) => boolean;
  readonly take: readonly Take[];
  readonly place: Place;
}

/** An HTTP request of an action. */
export interface ActionRequest extends HttpStep {
  /** `POST /calls/.../accept`: its name as a message, without the values of its placeholders. */
  readonly name: string;
}

/** The actions and rules of one role. */
export interface Part {
  readonly login: readonly ScriptStep[];
  readonly relogin: readonly ScriptStep[] | null;
  readonly actions: ReadonlyMap<DialectAction, readonly ScriptStep[]>;
  readonly receive: readonly Rule[];
  readonly together: readonly Together[];
}

/** A part for some users. */
export interface Role extends Part {
  readonly users: readonly string[];
  /** The name for calling all users of this role; null if each is called directly. */
  readonly group: Template | null;
  /** Verbs that this role removes, with the reason. */
  readonly none: ReadonlyMap<DialectAction, string>;
}

export interface Dialect {
  readonly name: string;
  readonly about: string;
  readonly file: string;
  readonly transport: 'websocket' | 'socket.io';
  readonly connect: {
    readonly url: Filled | null;
    readonly path: string | null;
    readonly query: Template;
    readonly headers: Template;
    readonly subprotocols: readonly string[];
    /** Socket.IO by HTTP long-polling instead of a WebSocket. */
    readonly isPolling: boolean;
    readonly namespace: string;
    readonly auth: Template | null;
  };
  readonly agent: readonly (readonly [name: string, value: Template])[];
  readonly before: readonly HttpStep[];
  readonly transactions: {
    readonly id: Filled;
    readonly path: ValuePath | null;
    readonly withinMs: Millis;
    readonly ok: Condition | null;
    readonly error: ErrorReply | null;
  };
  readonly callId: {
    readonly from: 'caller' | 'server' | 'none';
    readonly make: Filled | null;
    readonly scope: 'server' | 'connection';
  };
  readonly media: MediaTraits | null;
  readonly keepalive: { readonly everyMs: Millis; readonly send: Send } | null;
  readonly messageName: readonly ValuePath[];
  readonly common: Part;
  readonly roles: ReadonlyMap<string, Role>;
  readonly ignore: readonly Condition[];
  readonly needs: readonly Need[];
  readonly traits: Partial<Traits>;
}
