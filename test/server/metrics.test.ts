/** What Prometheus reads: who may, what is counted, and that no user is named. */
import t from 'tap';
import { createMetrics } from '../../src/server/metrics.js';
import { connectRaw, logIn } from '../raw-client.js';
import { connectCall, newHub, SECRET, start } from './started.js';

const TOKEN = 'a-token-for-metrics-that-is-longer-than-32-characters';

/** The value of a sample by its name and labels as they stand on the page, or null. */
function sample(page: string, name: string): number | null {
  const line = page.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? null : Number(line.slice(name.length + 1));
}

t.test('a flow is counted by phase, op, outcome, reason and close, and names nobody', async (t) => {
  const committed: number[] = [];
  const store = {
    load: () => [],
    commit: (entries: readonly unknown[]) => void committed.push(entries.length),
    close: async () => undefined,
  };
  const { server, web, line } = await start(t, { metrics: createMetrics(), hub: newHub({}, true), store: store as never });
  const [ann, ben] = await connectCall(server.url, 'the-call', 'ann-the-user', 'ben-the-user');
  const page = async (): Promise<string> => (await fetch(`${web}/metrics`)).text();
  const during = await page();
  for (const [name, value] of [
    ['call_probe_connections', 2],
    ['call_probe_sessions', 2],
    ['call_probe_connections_unauthenticated', 0],
    ['call_probe_ready', 1],
    ['call_probe_live_calls{phase="connected"}', 1],
    ['call_probe_live_calls{phase="ringing"}', 0],
    ['call_probe_commands_total{op="invite",outcome="ok"}', 1],
    ['call_probe_commands_total{op="accept",outcome="ok"}', 1],
    ['call_probe_session_changes_total{change="opened"}', 2],
  ] as const)
    t.equal(sample(during, name), value, name);
  ben.command('cancel', 'the-call');
  await ben.next('result', ({ ok }) => !ok);
  ann.command('hangup', 'the-call');
  await ben.next('event', ({ record }) => record.phase === 'ended');
  const bad = await connectRaw(server.url);
  bad.send('nonsense');
  await bad.closed;
  const huge = await logIn(server.url, SECRET, 'huge');
  huge.send('x'.repeat(2 ** 20));
  await huge.closed;
  ann.close();
  await line(({ message, fields }) => message === 'connection ended' && fields['device'] === 'ann-the-user/phone');
  const evil = await fetch(`${web}/v1/calls/the-call`, { headers: { origin: 'https://evil.example' } });
  t.equal(evil.status, 403);
  await t.rejects(connectRaw(server.url, { protocol: 'sip' }));
  const after = await page();
  for (const [name, value] of [
    ['call_probe_live_calls{phase="connected"}', 0],
    ['call_probe_calls_ended_total{reason="hangup"}', 1],
    ['call_probe_commands_total{op="cancel",outcome="not-your-move"}', 1],
    ['call_probe_connections_closed_total{close="badFrame"}', 1],
    ['call_probe_connections_closed_total{close="tooBig"}', 1],
    ['call_probe_connections_closed_total{close="client"}', 1],
    ['call_probe_handshakes_refused_total{cause="protocol"}', 1],
  ] as const)
    t.equal(sample(after, name), value, name);
  t.ok((sample(after, 'call_probe_frames_total{direction="in"}') ?? 0) >= 7, 'frames in');
  t.ok((sample(after, 'call_probe_bytes_total{direction="out"}') ?? 0) > 1_000, 'bytes out');
  t.ok((sample(after, 'call_probe_hub_turn_seconds_count') ?? 0) > 5, 'the time of the hub');
  t.equal(sample(after, 'call_probe_store_commit_seconds_count'), committed.length, 'the time of the store');
  t.not(sample(after, 'nodejs_eventloop_lag_p99_seconds'), null, 'event-loop lag');
  t.notMatch(after, /the-user|the-call|127\.0\.0\.1|phone/, 'no user, call, address or device');
});

t.test('without a token metrics are for this machine, with one for who has it', async (t) => {
  const open = await start(t, { metrics: createMetrics() });
  const status = async (web: string, headers: Record<string, string> = {}): Promise<number> => {
    const response = await fetch(`${web}/metrics`, { headers });
    await response.text();
    return response.status;
  };
  t.equal(await status(open.web), 200);
  t.equal(await status(open.web, { 'x-forwarded-for': '192.0.2.1' }), 403, 'passed on by a proxy of this machine');
  t.equal(await status(open.web, { origin: 'https://evil.example' }), 403, 'a page in a browser of this machine');
  const closed = await start(t, { metrics: createMetrics(), metricsToken: TOKEN });
  t.equal(await status(closed.web), 401, 'also for this machine');
  t.equal(await status(closed.web, { authorization: `Bearer ${TOKEN}!` }), 401);
  t.equal(await status(closed.web, { authorization: `Bearer ${'x'.repeat(40)}` }), 401);
  const none = await start(t);
  t.equal(await status(none.web), 404, 'a server that counts nothing');
});

t.test('the token opens metrics, also through a proxy', async (t) => {
  const metricsToken = 'x'.repeat(40);
  const { web } = await start(t, { metrics: createMetrics(), metricsToken });
  const headers = { authorization: `Bearer ${metricsToken}`, 'x-forwarded-for': '192.0.2.1' };
  const response = await fetch(`${web}/metrics`, { headers });
  t.equal(response.status, 200);
  t.match(response.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
  t.match(await response.text(), /# TYPE call_probe_live_calls gauge/);
});
