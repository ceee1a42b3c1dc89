/** The real servers of the tests come up with the configurations that users are given, and are gone afterwards. */
import { once } from 'node:events';
import { t } from 'tap';
import { WebSocket } from 'ws';
import { within } from '../raw-client.js';
import { startJanus } from '../servers/janus.js';
import { startKamailio } from '../servers/kamailio.js';

t.test('Janus answers on its WebSocket, with the videocall plugin', async (t) => {
  const janus = await startJanus(t);
  if (janus === null) return;
  const socket = new WebSocket(janus.url, 'janus-protocol');
  await within(once(socket, 'open'), 'the connection');
  socket.send(JSON.stringify({ janus: 'info', transaction: '1' }));
  const [data] = await within(once(socket, 'message'), 'its answer');
  t.match(JSON.parse(String(data)), { janus: 'server_info', plugins: { 'janus.plugin.videocall': {} } });
  socket.terminate();
  await janus.stop();
  t.match(janus.log(), /Bye!/, 'it ended in order');
});

t.test('Kamailio speaks SIP over WebSocket', async (t) => {
  const kamailio = await startKamailio(t);
  if (kamailio === null) return;
  const socket = new WebSocket(kamailio.url, 'sip');
  await within(once(socket, 'open'), 'the connection');
  t.equal(socket.protocol, 'sip');
  socket.terminate();
  await kamailio.stop();
  t.throws(() => process.kill(kamailio.pid, 0), { code: 'ESRCH' }, 'its process is gone');
});
