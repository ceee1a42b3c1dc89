/** Each side offers to the server, which answers: no description passes from one side to the other. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { type WebSocket, WebSocketServer } from 'ws';
import { runScenario } from '../../src/index.js';
import { PATIENT } from '../scenarios/files.js';
import { problemsOf } from './dialect-bench.js';

const DIALECT = `
dialect: 1
name: both
agent: { id: "\${user}-\${run}" }
login: [{ send: { type: hello, user: "\${agent.id}" } }, { expect: { when: { $.type: welcome } } }]
media: { offers: both, when: call }
actions:
  call: [{ send: { type: call, to: "\${peer.id}", offer: "\${description}" } }]
  accept: [{ send: { type: accept, to: "\${peer.id}", offer: "\${description}" } }]
  hang up: [{ send: { type: end, to: "\${peer.id}" } }]
  reject: { like: hang up }
  cancel: { like: hang up }
receive:
  - { when: { $.type: call }, means: incoming, take: { from: $.from } }
  - { when: { $.type: accept }, means: accepted, take: { from: $.from } }
  - { when: { $.type: answer }, means: description, take: { sdp: $.sdp } }
  - { when: { $.type: end }, means: ended, take: { from: $.from } }
byDesign: { devices: one, hides: [glare, busy, offline, server-timeout, peer-lost, late-join] }
`;

interface Message {
  readonly type: string;
  readonly user?: string;
  readonly to?: string;
  readonly offer?: { readonly type: string; readonly sdp: string };
}

/** Answers each offer itself, and passes on what is left. */
async function startServer(): Promise<{ url: string; offers: string[]; close(): void }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const sockets = new Map<string, WebSocket>();
  const offers: string[] = [];
  server.on('connection', (socket) => {
    let me = '';
    socket.on('message', (data) => {
      const { type, user, to = '', offer } = JSON.parse(String(data)) as Message;
      if (user !== undefined) {
        me = user;
        sockets.set(user, socket);
        return socket.send('{"type":"welcome"}');
      }
      if (offer !== undefined) {
        offers.push(`${type} ${offer.type}`);
        socket.send(JSON.stringify({ type: 'answer', sdp: offer.sdp }));
      }
      sockets.get(to)?.send(JSON.stringify({ type, from: me }));
    });
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    offers,
    close() {
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  };
}

t.test('a call in which both sides offer', async (t) => {
  const server = await startServer();
  t.teardown(() => server.close());
  const adapter = `${t.testdir({ 'both.yaml': DIALECT })}/both.yaml`;
  const steps = [
    { alice: 'call bob' },
    { expect: { bob: 'ringing', within: '5s' } },
    { bob: 'accept' },
    { expect: { both: 'connected', within: '5s' } },
    { expect: { 'alice receives signal.answer': 1, 'bob receives signal.answer': 1, within: '2s' } },
    { bob: 'hang up' },
    { expect: { both: 'ended(hangup)', within: '5s' } },
  ];
  const scenario = { name: 'both', media: 'none', agents: { alice: {}, bob: {} }, checks: PATIENT, steps };
  const result = await runScenario(scenario, { target: server.url, adapter });
  t.equal(result.status, 'passed', result.why ?? JSON.stringify(result.checks));
  t.strictSame(server.offers.slice(0, 2), ['call offer', 'accept offer']);
});

t.test('a server that answers relays nothing as it is', async (t) => {
  const yaml = DIALECT.replace(/^\ndialect: 1\nname: both\n/, '').replace('when: call', 'when: call, relay: as-is');
  t.match(problemsOf(yaml), /media\.relay {2}each side offers to the server/);
});
