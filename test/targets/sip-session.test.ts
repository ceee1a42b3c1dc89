/** The SIP adapter's sessions against the real Kamailio, message by message. */
import { t } from 'tap';
import type { CallHandle } from '../../src/probe/adapter/port.js';
import { sip } from '../../src/probe/adapters/sip/index.js';
import { startKamailio } from '../servers/kamailio.js';
import { logIn, type SessionClient } from './session-client.js';

const OFFER = { type: 'offer', sdp: 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n' } as const;
const ANSWER = { type: 'answer', sdp: OFFER.sdp.replace('1 1', '2 2') } as const;

const to = (id: string, peer = 'bob'): CallHandle => ({ key: id, id, side: 'caller', peer });
const at = (key: string): CallHandle => ({ key, id: key, side: 'callee', peer: 'alice' });

/** `caller` calls bob, and every callee rings. */
async function ring(caller: SessionClient, callees: readonly SessionClient[], id: string): Promise<void> {
  caller.do({ verb: 'call', call: to(id), description: OFFER });
  for (const callee of callees) {
    const { key, from, description } = await callee.heard('incoming');
    t.match({ key, from, description }, { key: id, from: `${caller.user}-r1`, description: OFFER });
    callee.do({ verb: 'ring', call: at(id) });
    await caller.heard('ringing');
  }
}

t.test('one device each', async (t) => {
  const kamailio = await startKamailio(t);
  if (kamailio === null) return;
  const [alice, bob] = await Promise.all(['alice', 'bob'].map((user) => logIn(t, sip, kamailio.url, user)));
  if (alice === undefined || bob === undefined) throw new Error('two clients');

  await t.test('accepted, then hung up by the caller', async (t) => {
    await ring(alice, [bob], 'c1');
    bob.do({ verb: 'accept', call: at('c1'), description: ANSWER });
    t.same(await alice.heard('accepted'), { event: 'accepted', key: 'c1', description: ANSWER });
    await bob.passed('< result.ok');
    t.same([alice.isBusy(), bob.isBusy()], [false, false], 'the answer is confirmed');
    alice.do({ verb: 'hang up', call: to('c1') });
    t.match(await bob.heard('ended'), { key: 'c1', reason: 'hangup' });
    await alice.passed('< result.ok');
  });

  await t.test('hung up by the callee, at once after it accepted', async (t) => {
    await ring(alice, [bob], 'c2');
    bob.do({ verb: 'accept', call: at('c2'), description: ANSWER });
    bob.do({ verb: 'hang up', call: at('c2') });
    t.match(await alice.heard('ended'), { key: 'c2', reason: 'hangup' }, 'BYE waited for the ACK');
  });

  await t.test('declined', async (t) => {
    await ring(alice, [bob], 'c3');
    bob.do({ verb: 'reject', call: at('c3') });
    t.match(await alice.heard('ended'), { key: 'c3', reason: 'rejected' });
  });

  await t.test('cancelled', async (t) => {
    await ring(alice, [bob], 'c4');
    alice.do({ verb: 'cancel', call: to('c4') });
    t.match(await bob.heard('ended'), { key: 'c4', reason: 'cancelled' });
    t.match(await alice.heard('ended'), { key: 'c4', reason: 'cancelled' });
  });

  await t.test('cancelled while the answer is on its way: confirmed and ended', async (t) => {
    await ring(alice, [bob], 'c5');
    bob.do({ verb: 'accept', call: at('c5'), description: ANSWER });
    alice.do({ verb: 'cancel', call: to('c5') });
    t.match(await bob.heard('ended'), { key: 'c5', reason: 'hangup' }, 'the callee is not left alone in the call');
    t.match(await alice.heard('ended'), { key: 'c5', reason: 'cancelled' });
  });

  await t.test('busy', async (t) => {
    const carol = await logIn(t, sip, kamailio.url, 'carol');
    await ring(alice, [bob], 'c6');
    bob.do({ verb: 'accept', call: at('c6'), description: ANSWER });
    await alice.heard('accepted');
    carol.do({ verb: 'call', call: to('c7'), description: OFFER });
    await bob.heard('incoming');
    bob.do({ verb: 'reject', call: at('c7') });
    t.match(await carol.heard('ended'), { key: 'c7', reason: 'busy' });
    bob.do({ verb: 'hang up', call: at('c6') });
    await alice.heard('ended');
  });

  await t.test('nobody there', async (t) => {
    alice.do({ verb: 'call', call: to('c8', 'dave'), description: OFFER });
    t.match(await alice.heard('ended'), { key: 'c8', reason: 'unreachable' });
  });

  await t.test('what does not fit is evidence and no exception', async (t) => {
    bob.do({ verb: 'accept', call: at('c1'), description: ANSWER });
    bob.do({ verb: 'hang up', call: at('unknown') });
    alice.do({ verb: 'cancel', call: to('c4') });
    t.match(bob.violations, [/^no-call: 200/, /^no-call: BYE/]);
    t.match(alice.violations, [/^no-call: CANCEL/]);
  });
});

t.test('two devices ring', async (t) => {
  const kamailio = await startKamailio(t);
  if (kamailio === null) return;
  const alice = await logIn(t, sip, kamailio.url, 'alice');
  const phone = await logIn(t, sip, kamailio.url, 'bob');
  const tab = await logIn(t, sip, kamailio.url, 'bob', { device: 'tab' });

  await ring(alice, [phone, tab], 'f1');
  tab.do({ verb: 'accept', call: at('f1'), description: ANSWER });
  await alice.heard('accepted');
  t.match(await phone.heard('ended'), { key: 'f1', reason: 'answered-elsewhere' });
  alice.do({ verb: 'hang up', call: to('f1') });
  await tab.heard('ended');

  await ring(alice, [phone, tab], 'f2');
  phone.do({ verb: 'reject', call: at('f2') });
  t.match(await alice.heard('ended'), { key: 'f2', reason: 'rejected' });
  t.match(await tab.heard('ended'), { key: 'f2', reason: 'rejected-elsewhere' });
});

t.test('with passwords', async (t) => {
  const kamailio = await startKamailio(t, { auth: true });
  if (kamailio === null) return;
  const credentials = { password: 'secret' };
  await t.rejects(logIn(t, sip, kamailio.url, 'alice'), { message: /REGISTER of sip:alice-r1@127.0.0.1 was answered 401/ });
  await t.rejects(logIn(t, sip, kamailio.url, 'alice', { credentials: { password: 'wrong' } }), { message: /401/ });
  const alice = await logIn(t, sip, kamailio.url, 'alice', { credentials });
  const bob = await logIn(t, sip, kamailio.url, 'bob', { credentials });
  alice.do({ verb: 'call', call: to('p1'), description: OFFER });
  await bob.heard('incoming');
  bob.do({ verb: 'ring', call: at('p1') });
  bob.do({ verb: 'accept', call: at('p1'), description: ANSWER });
  t.match(await alice.heard('accepted'), { description: ANSWER });
});
