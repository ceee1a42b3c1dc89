/** Conditions that are waited for: what arrived in time counts, also when the process was too busy to read it. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { performance } from 'node:perf_hooks';
import t from 'tap';
import { Watch } from '../../src/scenarios/run/watch.js';

t.test('a condition that holds, comes to hold, or does not', async (t) => {
  const watch = new Watch();
  t.equal(await watch.until(() => true, 60_000), true);
  let isSo = false;
  const later = watch.until(() => isSo, 60_000);
  isSo = true;
  watch.notify();
  t.equal(await later, true);
  t.equal(await watch.until(() => false, 1), false);
  const given = watch.until(() => false, 60_000);
  watch.abort({ status: 'interrupted', message: 'interrupted' });
  t.equal(await given, false);
  t.equal(await watch.until(() => true, 60_000), false, 'nothing is waited for after the cut');
});

t.test('what arrived in time counts, though it was read later', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const met = once(server, 'connection');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [socket] = (await met) as [import('node:net').Socket];
  t.teardown(() => {
    client.destroy();
    server.close();
  });
  let hasRead = false;
  socket.on('data', () => {
    hasRead = true;
  });
  const answer = new Watch().until(() => hasRead, 5);
  client.write('in time');
  const since = performance.now();
  while (performance.now() - since < 50);
  t.equal(await answer, true);
});
