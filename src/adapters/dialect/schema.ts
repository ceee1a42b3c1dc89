/** The language of dialect files as schemas: keys, types and descriptions. The documents are generated from it. */

import * as z from 'zod';
import { DECLARED_LIMITS } from '../../probe/adapter/port.js';
import { CALL_ACTIONS, ENDING_ACTIONS } from '../../protocol/actions.js';
import { VIEW_END_REASONS } from '../../protocol/reasons.js';
import { duration } from '../../scenarios/language/schema-words.js';

/** The meanings of messages, besides the end reasons, in the order in which those of one message take effect. */
export const MEANINGS = [
  'incoming',
  'still-ringing',
  'ringing',
  'accepted',
  'description',
  'candidate',
  'ended',
  'call-id',
  'ping',
  'error',
  'nothing',
] as const;
export type Meaning = (typeof MEANINGS)[number];

/** Actions of the app in a call, besides those of the user. */
export const APP_ACTIONS = ['ring', 'describe', 'candidate'] as const;
export const DIALECT_ACTIONS = [...CALL_ACTIONS, ...APP_ACTIONS] as const;
export type DialectAction = (typeof DIALECT_ACTIONS)[number];

export const DIALECT_VERSION = 1;

const template = z.unknown();
const condition = z
  .unknown()
  .describe(
    'a map from paths (RFC 9535) to a value or one of equals, in, exists, matches, not; also the keys any, not and event',
  );
const path = z.string().min(1).max(500).describe('a path such as $.payload.id (RFC 9535)');
const templates = z.record(z.string(), template);
const end = z.enum(VIEW_END_REASONS);

export const takeSchema = z.record(z.string(), z.unknown()).describe('values to store: a name, and the path of the value');

export const takeValueSchema = z.strictObject({
  path: path.exactOptional(),
  json: path.exactOptional().describe('a path within the JSON text at that place'),
  value: template.exactOptional().describe('a template instead of a path'),
  join: z
    .array(path)
    .min(2)
    .max(8)
    .exactOptional()
    .describe('several paths instead of one, for a value of several fields; a list of paths is short for it'),
  with: z.string().max(8).exactOptional().describe('what stands between joined values (default ":")'),
  map: z.record(z.string(), template).exactOptional().describe("maps the target's values to others"),
  optional: z.boolean().exactOptional().describe('true: may be missing'),
});

export const errorSchema = z.strictObject({
  when: condition.describe('which reply is an error'),
  text: path.exactOptional().describe('the path of the error text in the reply'),
  code: path.exactOptional().describe('the path of the error code'),
  ends: z.record(z.string(), end).exactOptional().describe('end reasons by code; "default" for all others'),
});

/** The same for a request, whose status says that it was refused. */
export const httpErrorSchema = errorSchema.extend({ when: condition.exactOptional() });

export const replySchema = z.strictObject({
  within: duration('How long the reply may take').exactOptional(),
  ok: z
    .strictObject({ when: condition.exactOptional(), take: takeSchema.exactOptional() })
    .exactOptional()
    .describe('which reply is the result, and values to store; other replies of the same transaction are receipts'),
  error: httpErrorSchema.exactOptional().describe('which reply is an error; for http also without "when"'),
  wait: z.boolean().exactOptional().describe('false: the next step does not wait for it'),
});

export const expectSchema = z.strictObject({
  when: condition,
  take: takeSchema.exactOptional(),
  within: duration('How long it may take').exactOptional(),
  error: errorSchema.exactOptional(),
});

const httpShape = {
  http: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  url: z.string().min(1).describe('such as ${target.http}/login'),
  headers: templates.exactOptional(),
  body: template.exactOptional().describe('sent as JSON'),
  status: z
    .union([z.int(), z.array(z.int())])
    .exactOptional()
    .describe('accepted statuses; default 200 to 299'),
  take: takeSchema.exactOptional().describe('paths into { status, headers, body }'),
};

/** The keys that a step has with `http` only. */
export const HTTP_KEYS = ['url', 'headers', 'body', 'status', 'take', 'error'] as const;

export const stepSchema = z.strictObject({
  send: template.exactOptional().describe('a message (WebSocket): a map is sent as JSON, a text as it is'),
  emit: z.string().min(1).max(200).exactOptional().describe('the name of an event (Socket.IO)'),
  args: z.array(template).max(16).exactOptional().describe('the arguments of the event'),
  ...httpShape,
  http: httpShape.http.exactOptional().describe('an HTTP request, with the keys of "before"; its answer is the reply'),
  url: httpShape.url.exactOptional(),
  error: httpErrorSchema.exactOptional().describe('for http: the error of an answer; all other statuses are errors as well'),
  reply: replySchema.exactOptional(),
  expect: expectSchema.exactOptional().describe('waits for a message'),
  set: z.record(z.string(), template).exactOptional().describe('stores computed values'),
  if: condition.exactOptional().describe('runs the step only if this holds; ${...} instead of paths'),
  disconnect: z.literal(true).exactOptional().describe('closes the connection'),
});

export const actionSchema = z.union([
  z.array(z.unknown()),
  z.strictObject({ like: z.enum(DIALECT_ACTIONS) }),
  z.strictObject({ none: z.string().min(1).max(300) }),
]);

const partName = z.string().regex(/^[A-Za-z_][\w-]{0,63}$/, 'the name of a part is one word\nwrite part: answered');

/** The common meaning of several partial messages. */
export const togetherSchema = z.strictObject({
  together: z.array(partName).min(2).max(8).describe('the parts, in any order'),
  means: z.unknown().describe('one of the meanings, an end reason, or a list of them'),
  within: duration(
    'How long after the first part the last one may arrive before it is reported as missing (default 5 s)',
  ).exactOptional(),
});

export const ruleSchema = z.strictObject({
  name: z.string().min(1).max(80).exactOptional(),
  when: condition,
  means: z.unknown().exactOptional().describe('one of the meanings, an end reason, or a list of them'),
  part: partName.exactOptional().describe('instead of "means": its name as one part of several messages'),
  take: takeSchema.exactOptional(),
  each: path
    .exactOptional()
    .describe('the path of a list in the message: the rule applies to each element, and "@" paths begin there'),
  reply: template.exactOptional().describe('sent back at once: a message; with Socket.IO an event, { emit: name, args: [...] }'),
  ack: z.array(template).exactOptional().describe('arguments of the acknowledgement (Socket.IO)'),
  continue: z.boolean().exactOptional().describe('true: later rules apply to the message as well'),
});

/** An event of Socket.IO that is sent back. */
export const eventSchema = z.strictObject({
  emit: z.string().min(1).max(200),
  args: z.array(template).max(16).exactOptional(),
});

export const httpSchema = z.strictObject(httpShape);

export const mediaSchema = z.union([
  z.literal('none'),
  z.strictObject({
    offers: z
      .enum(['caller', 'callee', 'both'])
      .exactOptional()
      .describe('the side that makes the offer; both: each side makes one to the server, which answers it'),
    when: z
      .enum(['call', 'accept', 'connected'])
      .exactOptional()
      .describe("the message that carries the offer; with both and call, the callee's goes with the accept"),
    candidates: z.enum(['trickle', 'in-description']).exactOptional(),
    relay: z.enum(['as-is', 'own']).exactOptional().describe('own: the server terminates media itself'),
  }),
]);

export const behaviourSchema = z.strictObject({
  ringing: z.enum(['told', 'assumed']).exactOptional().describe('assumed: the app shows ringing as soon as it has called'),
  showsAtOnce: z
    .array(z.enum(['accept', ...ENDING_ACTIONS]))
    .exactOptional()
    .describe('actions that the app shows before the server answers (default all)'),
  devices: z.enum(['one', 'many']).exactOptional().describe('how many devices a user can have online'),
  hides: z.array(z.enum(DECLARED_LIMITS)).exactOptional().describe('declared limits: what the target does not do or report'),
  reasons: z.partialRecord(end, z.array(end)).exactOptional().describe('end reasons that it cannot distinguish'),
  secondCall: z
    .enum(['ignore', 'reject', 'replace'])
    .exactOptional()
    .describe('what the app does with a call while it is in another'),
  lostConnection: z
    .enum(['keeps-call', 'ends-call'])
    .exactOptional()
    .describe(
      'what becomes of a live call when the connection of a device breaks (default keeps-call); ends-call: it is over for the app, and the server notifies the other side',
    ),
  peerLostWithin: duration('How long the server may take to notify the other side of a lost connection')
    .exactOptional()
    .describe('with ends-call: how long the server may take to notify the other side (default 5s)'),
  redelivers: z
    .boolean()
    .exactOptional()
    .describe('true: a message that is lost or damaged is sent again until it is acknowledged (default false)'),
  decline: z
    .enum(['ends-call', 'once-all', 'local'])
    .exactOptional()
    .describe(
      'once-all: a decline ends the call once all devices of the user have declined; local: it ends at its own device only, and the caller keeps ringing (default ends-call)',
    ),
  receipts: z
    .boolean()
    .exactOptional()
    .describe('false for a target that does not bear WebSocket pings: nothing then proves what it has read (default true)'),
  logIn: z
    .union([z.enum(['together', 'in-turn']), z.array(z.string()).min(1).max(16)])
    .exactOptional()
    .describe(
      'in-turn: devices log in one after another, in the order of the scenario; a list of roles: those first (default together)',
    ),
  unsent: z.enum(['dropped', 'kept']).exactOptional().describe('what happens to messages without a connection'),
  reconnect: z.union([z.literal('never'), duration('The first wait')]).exactOptional(),
  silent: duration('How long the server may send nothing').exactOptional(),
  callerRings: duration('How long the app of the caller rings').exactOptional(),
  serverRings: duration('How long the server lets a call ring before it ends it')
    .exactOptional()
    .describe('how long the server lets a call ring before it ends it as missed; scenarios about that time-out wait as long'),
  quiet: duration('How long no message may arrive before the system counts as quiescent').exactOptional(),
});

const loginSchema = z.array(z.unknown()).max(32);
export const actionsSchema = z.strictObject(
  Object.fromEntries(DIALECT_ACTIONS.map((name) => [name, z.unknown().exactOptional()])) as Record<
    DialectAction,
    z.ZodExactOptional<z.ZodUnknown>
  >,
);

export const roleSchema = z.strictObject({
  users: z
    .array(z.string())
    .exactOptional()
    .describe('users with this role; others have the role in the column "role" of the credentials'),
  group: template
    .exactOptional()
    .describe('the name for calling all users of this role at once: ${peer.id} until one of them has answered'),
  login: loginSchema.exactOptional(),
  relogin: loginSchema.exactOptional(),
  actions: actionsSchema.exactOptional(),
  receive: z.array(z.unknown()).exactOptional().describe('rules before the common ones'),
});

export const dialectSchema = z.strictObject({
  dialect: z.literal(DIALECT_VERSION).describe('the version of this language'),
  name: z.string().regex(/^[\w.-]{1,64}$/, 'letters, digits and . _ -\nwrite name: my-app'),
  about: z.string().max(400).exactOptional().describe('one sentence'),
  connect: z
    .strictObject({
      transport: z.enum(['websocket', 'socket.io']).exactOptional(),
      url: z.string().exactOptional().describe('where to connect (${target.url})'),
      path: z.string().exactOptional().describe('replaces the path of the URL; default for Socket.IO /socket.io/'),
      query: templates.exactOptional(),
      headers: templates.exactOptional(),
      subprotocols: z.array(z.string()).exactOptional(),
      transports: z
        .array(z.enum(['websocket', 'polling']))
        .length(
          1,
          'one of the two: an upgrade from one to the other is not supported\nwrite transports: [polling] or [websocket]',
        )
        .exactOptional()
        .describe('for Socket.IO: WebSocket or HTTP long-polling (default [websocket])'),
      namespace: z.string().startsWith('/').exactOptional().describe('for Socket.IO'),
      auth: template.exactOptional().describe('for Socket.IO: sent with the connection'),
    })
    .exactOptional(),
  agent: templates.exactOptional().describe('values of each agent, computed once; "id" is the target\'s name of the user'),
  before: z.array(z.unknown()).max(16).exactOptional().describe('HTTP requests before each connection'),
  login: loginSchema.exactOptional(),
  relogin: loginSchema.exactOptional().describe('replaces "login" for a device that reconnects'),
  transactions: z
    .strictObject({
      id: template.exactOptional().describe('the value of ${tx} (default ${random(12)})'),
      path: path.exactOptional().describe('the path of the id in a reply (WebSocket; Socket.IO has acknowledgements)'),
      within: duration('How long a reply may take').exactOptional(),
      ok: z.strictObject({ when: condition.exactOptional() }).exactOptional(),
      error: errorSchema.exactOptional(),
    })
    .exactOptional(),
  calls: z
    .strictObject({
      id: z.enum(['caller', 'server', 'none']).describe('who makes the id of a call'),
      make: template.exactOptional().describe('how the caller makes it (default ${call.probeId})'),
      scope: z
        .enum(['server', 'connection'])
        .exactOptional()
        .describe('where an id names one call: at the whole server (default), or on one connection, where they start anew'),
    })
    .exactOptional(),
  media: mediaSchema.exactOptional(),
  keepalive: z
    .strictObject({
      every: duration('How often'),
      send: template.exactOptional().describe('the message (WebSocket)'),
      emit: z.string().exactOptional().describe('the name of the event (Socket.IO)'),
      args: z.array(template).exactOptional().describe('its arguments'),
    })
    .exactOptional(),
  messageName: z
    .union([path, z.array(path).min(1).max(8)])
    .exactOptional()
    .describe('the path of the name of a message (default $.type; for Socket.IO the event); in a list the first match counts'),
  actions: actionsSchema,
  receive: z.array(z.unknown()).max(200),
  ignore: z.array(condition).max(100).exactOptional().describe('messages without a meaning'),
  byDesign: behaviourSchema.exactOptional(),
  roles: z.record(z.string(), roleSchema).exactOptional(),
});
