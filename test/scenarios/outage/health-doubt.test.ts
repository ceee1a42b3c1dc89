/** When a run asks whether its target is still there: only where nobody here is the reason. */
import t from 'tap';
import { HealthDoubt } from '../../../src/scenarios/run/outage/health-doubt.js';
import { Bus, type LiveBody } from '../../../src/trace/bus.js';
import type { ConnEvent } from '../../../src/trace/event.js';
import { faultEvent } from '../../trace-builder.js';

const ALICE = 'alice/phone';
const conn = (state: ConnEvent['state'], more: Partial<ConnEvent>): LiveBody => ({
  ...{ type: 'conn', link: `${ALICE}.signaling`, conn: 1, state, code: null, reason: '', error: null, by: null },
  ...more,
});
const opened = (number = 1): LiveBody => conn('opened', { conn: number });
const closed = (code: number, more: Partial<ConnEvent> = {}): LiveBody => conn('closed', { code, ...more });
const refused = (error: string, more: Partial<ConnEvent> = {}): LiveBody => conn('refused', { code: 1006, error, ...more });
const REFUSED = 'ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:9000';
const LINK_CUT = 'EHOSTUNREACH: the link is cut';

type Placed = readonly [node: string, body: LiveBody, cause?: number];

/** What the last of these events, all of one device or with a node of their own, makes of it. */
function lastOf(...bodies: readonly (LiveBody | Placed)[]): { doubts: boolean; expected: boolean } {
  const bus = new Bus({ startedAt: 0, wall: 0 });
  const doubt = new HealthDoubt();
  let doubts = false;
  bus.subscribe((event) => {
    doubts = doubt.take(event);
  });
  for (const body of bodies) {
    if ('type' in body) bus.publish(ALICE, 0, null, body);
    else bus.publish(body[0], 0, body[2] ?? null, body[1]);
  }
  return { doubts, expected: doubt.isExpected };
}

t.test('a connection that ends although nobody here ended it', async (t) => {
  t.ok(lastOf(opened(), closed(1006)).doubts, 'without a word');
  t.ok(lastOf(opened(), closed(1001)).doubts, 'with a word that the server goes away');
  t.notOk(lastOf(opened(), closed(1000)).doubts, 'in good order');
  t.notOk(lastOf(opened(), closed(4400)).doubts, 'by a word of the application: somebody is there to say it');
  const op = (name: 'go offline' | 'crash'): LiveBody => ({ type: 'action', action: name, peer: null, call: null });
  t.notOk(lastOf(opened(), op('go offline'), closed(1006)).doubts);
  t.notOk(lastOf(opened(), op('crash'), closed(1006)).doubts);
});

t.test('an attempt that fails', async (t) => {
  t.ok(lastOf(refused(REFUSED)).doubts);
  t.notOk(lastOf(refused(LINK_CUT, { by: 'fault' })).doubts, 'because a fault cut the link');
  t.ok(lastOf(refused(LINK_CUT)).doubts, 'who made it counts, not what is said of it');
  t.notOk(lastOf(conn('refused', { code: 1006 })).doubts, 'nothing failed: it was given up before it was there');
  t.ok(lastOf(opened(), closed(1000), refused(REFUSED, { conn: 2 })).doubts);
});

t.test("what the probe's own faults break is no reason, while they are at work", async (t) => {
  const hit: Placed = [ALICE, faultEvent('disconnect', 'hit', { absence: 'until-registered' }), 1];
  t.notOk(lastOf(opened(), hit, closed(1006)).doubts);
  t.ok(lastOf(opened(), hit, refused(REFUSED, { conn: 2 })).doubts, 'but a refusal by the other end is');
  const healed: Placed = [ALICE, faultEvent('disconnect', 'healed'), 2];
  t.ok(lastOf(opened(), hit, healed, opened(2), closed(1006, { conn: 2 })).doubts, 'nor is it an excuse afterwards');
  const late = lastOf(opened(), hit, healed, closed(1006, { by: 'fault' }));
  t.notOk(late.doubts, 'but for the connection that it broke, whose end may come after it');
  const message: Placed = [ALICE, faultEvent('corrupt', 'hit'), 1];
  t.ok(lastOf(opened(), message, closed(1006)).doubts, 'a fault of a message ends no connection by itself');
});

t.test('a server that the scenario stops or ends is expected to be away, for as long as that lasts', async (t) => {
  const hit: Placed = ['server', faultEvent('restart-server', 'hit', { absence: 'until-registered' }), 1];
  t.ok(lastOf(opened(), hit).expected);
  t.notOk(lastOf(opened(), hit, ['server', faultEvent('restart-server', 'healed'), 2]).expected);
  t.notOk(lastOf(opened()).expected);
});

t.test('a health check, and what else is said, is no reason for the next one', async (t) => {
  t.notOk(lastOf(opened(), { type: 'health', state: 'gone', error: REFUSED }).doubts);
  t.notOk(lastOf(opened(), { type: 'log', level: 'info', message: 'connection closed', data: { code: 1006 } }).doubts);
});
