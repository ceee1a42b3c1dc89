import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { MediaReport } from '../../../src/client/ports.js';
import { startMediaHost } from '../../../src/probe/media/supervisor.js';
import type { MediaHost } from '../../../src/probe/runtime/ports.js';
import { startCall } from './live-call.js';

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const pidOf = (host: MediaHost): number => host.pid ?? Number.NaN;
const faultOf = (host: MediaHost): Promise<string> => new Promise((resolve) => host.onFault(resolve));

t.test('a killed process is one sentence, and the probe lives', async (t) => {
  const host = await startMediaHost();
  const pid = pidOf(host);
  const sentences: string[] = [];
  host.onFault((message) => sentences.push(message));
  const call = startCall(host, 'c1');
  await call.seen('callee', 'progress', 'rtp');
  process.kill(pid, 'SIGKILL');
  await faultOf(host);
  t.equal(host.pid, null);
  const reports: MediaReport[] = [];
  const inert = host.open('alice/phone', 'c2', (report) => reports.push(report));
  inert.offer();
  inert.remoteDescription({ type: 'offer', sdp: '' });
  call.sessions.caller.close();
  inert.close();
  await host.stop();
  t.equal(await faultOf(host), `media process ${pid} was killed by SIGKILL`, 'a listener that comes later is told as well');
  t.same(sentences, [`media process ${pid} was killed by SIGKILL`]);
  t.same(reports, []);
});

t.test('stop ends the process, reports the last figures, and is no fault', async (t) => {
  const host = await startMediaHost();
  const pid = pidOf(host);
  host.onFault((message) => t.fail(message));
  const call = startCall(host, 'c1');
  await call.seen('caller', 'progress', 'rtp');
  await Promise.all([host.stop(), host.stop()]);
  t.notOk(alive(pid));
  t.equal(host.pid, null);
  t.ok((await call.seen('caller', 'closed')).stats.packetsReceived >= 5);
  await call.seen('callee', 'closed');
});

t.test('a process that hangs is a fault', async (t) => {
  const host = await startMediaHost({ pingMs: 50, pingsMissedMax: 3 });
  const pid = pidOf(host);
  process.kill(pid, 'SIGSTOP');
  t.equal(await faultOf(host), `media process ${pid} did not answer 3 pings, one every 50 ms`);
  t.notOk(alive(pid));
  await host.stop();
});

t.test('a process that hangs is killed by stop', async (t) => {
  const host = await startMediaHost({ stopMs: 50 });
  const pid = pidOf(host);
  host.onFault((message) => t.fail(message));
  process.kill(pid, 'SIGSTOP');
  await host.stop();
  t.notOk(alive(pid));
});

t.test('Ctrl-C in the terminal is left to the parent', async (t) => {
  const host = await startMediaHost();
  host.onFault((message) => t.fail(message));
  process.kill(pidOf(host), 'SIGINT');
  const call = startCall(host, 'c1');
  await call.seen('caller', 'progress', 'rtp');
  await host.stop();
});

t.test('a process that is not ready in time is an error that says so', async (t) => {
  await t.rejects(startMediaHost({ readyMs: 1 }), { message: /^media process \d+ was not ready within 1 ms/ });
});

t.test('an address that is not of this machine is an error that says so', async (t) => {
  const message = /^media process \d+ failed: no media socket can be bound to 192\.0\.2\.1: .*; give an IPv4 address/;
  await t.rejects(startMediaHost({ bindAddress: '192.0.2.1' }), { message });
});

t.test('the process itself', async (t) => {
  const entry = fileURLToPath(new URL('../../../src/probe/media/child.js', import.meta.url));
  const start = () => fork(entry, [], { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const settings = { bindAddress: '127.0.0.1', relayDelayMs: 3, setupMs: 1_000, answerMs: 1_000 };
  await t.test('ends when its parent is gone', async (t) => {
    const child = start();
    child.send({ type: 'start', settings });
    await once(child, 'message');
    child.disconnect();
    t.same(await once(child, 'exit'), [0, null]);
  });
  await t.test('tells of an exception and ends with 70', async (t) => {
    const child = start();
    child.send({ type: 'nonsense' });
    const [message] = await once(child, 'message');
    t.match(message, { type: 'fault', message: /not a command: \{"type":"nonsense"\}/ });
    t.same(await once(child, 'exit'), [70, null]);
  });
});
