/** Log-in order: a server that turns customers away while no operator is there. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { type WebSocket, WebSocketServer } from 'ws';
import { runScenario } from '../../src/index.js';
import { PATIENT } from '../scenarios/files.js';
import { problemsOf } from './dialect-bench.js';

const YAML = `
agent: { id: "\${user}-\${run}" }
login: [{ send: { type: hello, user: "\${agent.id}", role: "\${role}" } }, { expect: { when: { $.type: welcome } } }]
actions:
  call: [{ send: { type: call, to: "\${peer.id}" } }]
  accept: [{ send: { type: accept, to: "\${peer.id}" } }]
  hang up: [{ send: { type: end, to: "\${peer.id}" } }]
  reject: { like: hang up }
  cancel: { like: hang up }
receive:
  - { when: { $.type: call }, means: incoming, take: { from: $.from } }
  - { when: { $.type: accept }, means: accepted, take: { from: $.from } }
  - { when: { $.type: end }, means: ended, take: { from: $.from } }
roles:
  customer: { users: [alice, carol] }
  operator: { users: [bob] }
byDesign: { devices: one, logIn: [operator], hides: [glare, busy, offline, server-timeout, peer-lost, late-join] }
`;

async function startServer(): Promise<{ url: string; order: string[]; close(): void }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const sockets = new Map<string, WebSocket>();
  const order: string[] = [];
  server.on('connection', (socket) => {
    let me = '';
    socket.on('message', (data) => {
      const { type, user, role, to = '' } = JSON.parse(String(data)) as Record<string, string | undefined>;
      if (user === undefined) return sockets.get(to)?.send(JSON.stringify({ type, from: me }));
      me = user;
      order.push(user.replace(/-.*/, ''));
      sockets.set(user, socket);
      // An operator takes a moment; whoever came at the same time would be here before.
      if (role === 'operator') setImmediate(() => socket.send('{"type":"welcome"}'));
      else socket.send('{"type":"welcome"}');
    });
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    order,
    close() {
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  };
}

t.test('users of the named roles log in first, and one after another', async (t) => {
  const server = await startServer();
  t.teardown(() => server.close());
  const orderWith = async (logIn: string): Promise<string[]> => {
    server.order.length = 0;
    const yaml = `dialect: 1\nname: order\n${YAML.replace('logIn: [operator]', logIn)}`;
    const adapter = `${t.testdir({ 'order.yaml': yaml })}/order.yaml`;
    const steps = [
      { alice: 'call bob' },
      { expect: { bob: 'ringing', within: '5s' } },
      { alice: 'cancel' },
      { expect: { bob: 'ended(cancelled)', within: '5s' } },
    ];
    const scenario = { name: 'order', media: 'none', agents: { alice: {}, carol: {}, bob: {} }, checks: PATIENT, steps };
    const result = await runScenario(scenario, { target: server.url, adapter });
    t.equal(result.status, 'passed', result.why ?? JSON.stringify(result.checks));
    return server.order.slice(-3);
  };
  t.strictSame(await orderWith('logIn: [operator]'), ['bob', 'alice', 'carol']);
  t.strictSame(await orderWith('logIn: in-turn'), ['alice', 'carol', 'bob'], 'in the order of the scenario');
});

t.test('an unknown role in the order', async (t) => {
  t.match(
    problemsOf(YAML.replace('logIn: [operator]', 'logIn: [operater]')),
    /byDesign\.logIn\[0\] {2}no role "operater"; did you mean "operator"/,
  );
});
