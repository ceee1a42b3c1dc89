/** A first dialect for a user's own app: a common protocol shape with the app's message names. */

import { DECLARED_LIMITS } from '../../probe/adapter/port.js';

/** The messages of an app, with their default names. */
export const STARTER_EVENTS = {
  login: 'register',
  call: 'call-user',
  incoming: 'call-made',
  ringing: 'call-ringing',
  accept: 'answer-call',
  accepted: 'answer-made',
  reject: 'reject-call',
  rejected: 'call-rejected',
  end: 'end-call',
  ended: 'call-ended',
  failed: 'call-failed',
  candidate: 'ice-candidate',
} as const;
export type StarterEvent = keyof typeof STARTER_EVENTS;

export interface StarterOptions {
  readonly name: string;
  readonly transport: 'websocket' | 'socket.io';
  readonly events: Readonly<Record<StarterEvent, string>>;
  /** WebSocket: the field of a message that holds its name, such as `type`. */
  readonly typeField: string;
}

/** The file's text. Names are quoted as YAML needs it. */
export function starterDialect({ name, transport, events, typeField }: StarterOptions): string {
  const isSocketIo = transport === 'socket.io';
  const q = (text: string): string => JSON.stringify(text);
  const send = (event: StarterEvent, fields: string): string =>
    isSocketIo
      ? `    - emit: ${q(events[event])}\n      args: [{ ${fields} }]`
      : `    - send: { ${q(typeField)}: ${q(events[event])}, ${fields} }`;
  const path = (field: string): string => q(isSocketIo ? `$.args[0].${field}` : `$.${field}`);
  const when = (event: StarterEvent): string =>
    isSocketIo ? `{ event: ${q(events[event])} }` : `{ ${q(`$[${JSON.stringify(typeField)}]`)}: ${q(events[event])} }`;
  const rule = (event: StarterEvent, means: string, take: string): string =>
    `  - when: ${when(event)}\n    means: ${means}${take === '' ? '' : `\n    take: { ${take} }`}`;
  return `# How call-probe drives ${JSON.stringify(name)}. Change the names and fields to those of your app, then try it:
#   npx call-probe dialect check THIS-FILE --target YOUR-SERVER
# docs/adapters.md describes the whole language.
dialect: 1
name: ${name}

connect:
  transport: ${transport}
  # query: { token: "\${credentials.token}" }      # a column of --credentials FILE.csv
  # headers: { authorization: "Bearer \${env.MY_TOKEN}" }

agent:
  # How your app names its users. With accounts: \${credentials.account}
  id: "\${user}-\${run}"

login:
${send('login', 'userId: "${agent.id}"').replace(/^ {4}/gm, '  ')}
  # If the server answers, wait for it:
  # - expect: { when: ${when('login')}, within: 5s }

# Who makes the id of a call: caller, server or none.
calls: { id: none }

media: { offers: caller, when: call, candidates: trickle }

actions:
  call:
${send('call', 'to: "${peer.id}", from: "${agent.id}", signal: "${description}"')}
  accept:
${send('accept', 'to: "${peer.id}", from: "${agent.id}", signal: "${description}"')}
  reject:
${send('reject', 'to: "${peer.id}", from: "${agent.id}"')}
  hang up:
${send('end', 'to: "${peer.id}", from: "${agent.id}"')}
  cancel: { like: hang up }
  candidate:
${send('candidate', 'to: "${peer.id}", from: "${agent.id}", candidate: "${candidateInit}"')}

receive:
${rule('incoming', 'incoming', `from: ${path('from')}, description: ${path('signal')}`)}
  # Without such a message: remove the rule; the app then shows "ringing" by itself.
${rule('ringing', 'ringing', '')}
${rule('accepted', 'accepted', `from: ${path('from')}, description: ${path('signal')}`)}
${rule('rejected', 'rejected', `from: ${path('from')}`)}
${rule('ended', 'ended', `from: ${path('from')}`)}
${rule('failed', 'unreachable', '')}
${rule('candidate', 'candidate', `from: ${path('from')}, candidate: ${path('candidate')}`)}

# Messages without a meaning for a call.
ignore: []

byDesign:
  # What your server does not do or report, out of: ${DECLARED_LIMITS.join(', ')}
  # How long the server lets a call ring before it ends it: serverRings: 30s
  # A call ends with the connection of either side: lostConnection: ends-call
  # What is lost on the way is sent again until it is acknowledged: redelivers: true
  hides: []
`;
}
