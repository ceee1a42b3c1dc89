/** When a run asks whether its target is still there: only where nobody here is the reason. */
import t from 'tap';
import { LINK_CUT } from '../../../src/judge/history/outage.js';
import { Suspicion } from '../../../src/scenarios/run/outage/suspicion.js';
import type { TraceBody } from '../../../src/trace/event.js';
import { faultEvent, TraceBuilder } from '../../trace-builder.js';

const ALICE = 'alice/phone';
const log = (message: string, data: Record<string, unknown>): TraceBody => ({ type: 'log', level: 'info', message, data });
const opened = (conn = 1): TraceBody => log('connection opened', { conn });
const closed = (code: number, error: string | null = null, conn = 1): TraceBody =>
  log('connection closed', { conn, code, error });
const REFUSED = 'ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:9000';

/** What the last of these events, all of one device or with a node of their own, makes of it. */
function lastOf(...bodies: readonly (TraceBody | readonly [string, TraceBody, number?])[]): {
  doubts: boolean;
  expected: boolean;
} {
  const trace = new TraceBuilder();
  const suspicion = new Suspicion();
  let doubts = false;
  for (const body of bodies) {
    if (Array.isArray(body)) trace.add(body[0], body[1], body[2] ?? null);
    else trace.add(ALICE, body as TraceBody);
    const event = trace.events.at(-1);
    if (event !== undefined) doubts = suspicion.look(event);
  }
  return { doubts, expected: suspicion.isExpected };
}

t.test('a connection that ends although nobody here ended it', async (t) => {
  t.ok(lastOf(opened(), closed(1006)).doubts, 'without a word');
  t.ok(lastOf(opened(), closed(1001)).doubts, 'with a word that the server goes away');
  t.notOk(lastOf(opened(), closed(1000)).doubts, 'in good order');
  t.notOk(lastOf(opened(), closed(4400)).doubts, 'by a word of the application: somebody is there to say it');
  const op = (name: 'go offline' | 'crash'): TraceBody => ({ type: 'action', action: name, peer: null, call: null });
  t.notOk(lastOf(opened(), op('go offline'), closed(1006)).doubts);
  t.notOk(lastOf(opened(), op('crash'), closed(1006)).doubts);
});

t.test('an attempt that fails', async (t) => {
  t.ok(lastOf(closed(1006, REFUSED)).doubts);
  t.notOk(lastOf(closed(1006, LINK_CUT)).doubts, 'because a fault cut the link');
  t.ok(lastOf(opened(), closed(1000), closed(1006, REFUSED, 2)).doubts);
});

t.test("what the probe's own faults break is no reason, while they are at work", async (t) => {
  const hit: [string, TraceBody, number] = [ALICE, faultEvent('disconnect', 'hit', { absence: 'until-registered' }), 1];
  t.notOk(lastOf(opened(), hit, closed(1006)).doubts);
  t.ok(lastOf(opened(), hit, closed(1006, REFUSED, 2)).doubts, 'but a refusal by the other end is');
  const healed: [string, TraceBody, number] = [ALICE, faultEvent('disconnect', 'healed'), 3];
  t.ok(lastOf(opened(), hit, healed, opened(2), closed(1006, null, 2)).doubts, 'nor is it an excuse afterwards');
  const message: [string, TraceBody, number] = [ALICE, faultEvent('corrupt', 'hit'), 1];
  t.ok(lastOf(opened(), message, closed(1006)).doubts, 'a fault of a message ends no connection by itself');
});

t.test('a server that the scenario stops or ends is expected to be away, for as long as that lasts', async (t) => {
  const hit: [string, TraceBody, number] = ['server', faultEvent('restart-server', 'hit', { absence: 'until-registered' }), 1];
  t.ok(lastOf(opened(), hit).expected);
  t.notOk(lastOf(opened(), hit, ['server', faultEvent('restart-server', 'healed'), 3]).expected);
  t.notOk(lastOf(opened()).expected);
});
