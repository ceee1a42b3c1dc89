/** What a trace tells of a target that went away: since when, over what, and what was said last. */
import t from 'tap';
import { historyOf } from '../../../src/judge/history/history.js';
import { isProvoked, lastWords, outageIn, outageWords, suspectOf } from '../../../src/judge/history/outage.js';
import { faultEvent, TraceBuilder } from '../../trace-builder.js';
import { goesAway } from '../causes/twins.js';

const ERROR = 'ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:9000';
const GONE = { type: 'health', state: 'gone', error: ERROR } as const;

function call(): TraceBuilder {
  const trace = new TraceBuilder({ server: false });
  for (const node of ['alice/phone', 'bob/phone']) {
    trace.conn(node, 'opened');
    trace.wire(node, 'in', node, 'welcome', null, null);
  }
  return trace;
}

t.test('a trace without an end of its target has none', async (t) => {
  t.equal(outageIn(historyOf(call().events)), null);
  t.equal(outageIn(historyOf([])), null);
});

t.test('the last message, and what a fault had done to it', async (t) => {
  const trace = call();
  const wrote = trace.at(1_000).wire('alice/phone', 'out', 'alice/phone', 'command.invite', 'c1', null);
  const struck = { dropped: false, dir: 'out', kind: 'command.invite', call: 'c1', bytes: 9, digest: 'd' } as const;
  trace.add('alice/phone', faultEvent('corrupt', 'hit', { target: wrote, struck }));
  goesAway(trace.at(1_018), ERROR);
  const outage = outageIn(historyOf(trace.events));
  t.match(outage, { sinceAt: 1_018, error: ERROR, isOrderly: false, kept: [] });
  t.equal(outage?.closed.length, 2);
  t.match(outage === null ? null : suspectOf(outage.last), { node: 'alice/phone', beforeMs: 18, fault: 'corrupt' });
  t.equal(
    lastWords(outage?.last ?? []),
    'the last message to it, 18 ms before, was command.invite of alice/phone, which the probe\'s own fault "corrupt" had struck',
  );
});

t.test('a message that a fault took away never reached the target', async (t) => {
  const trace = call();
  const wrote = trace.at(1_000).wire('alice/phone', 'out', 'alice/phone', 'command.invite', 'c1', null);
  const struck = { dropped: true, dir: 'out', kind: 'command.invite', call: 'c1', bytes: 9, digest: 'd' } as const;
  trace.add('alice/phone', faultEvent('drop', 'hit', { target: wrote, struck }));
  goesAway(trace.at(1_018), ERROR);
  t.equal(suspectOf(outageIn(historyOf(trace.events))?.last ?? []), null);
});

t.test('a message of long ago is no suspect', async (t) => {
  const trace = call();
  trace.at(1_000).wire('alice/phone', 'out', 'alice/phone', 'command.invite', 'c1', null);
  goesAway(trace.at(9_000), ERROR);
  const last = outageIn(historyOf(trace.events))?.last ?? [];
  t.equal(suspectOf(last), null);
  t.match(lastWords(last), /the last message to it, 8.0 s before/);
});

t.test('a server that says that it goes, one that keeps who is there, and a connection that a fault broke before', async (t) => {
  const orderly = call();
  orderly.at(500).conn('bob/phone', 'closed', { code: 1001 });
  orderly.add('probe', GONE);
  const outage = outageIn(historyOf(orderly.events));
  t.match(outage, { isOrderly: true, kept: ['alice/phone'] });
  t.match(outage === null ? '' : outageWords(outage), 'closed the connection of bob/phone, keeps that of alice/phone');

  const broken = call();
  broken.at(200).add('alice/phone', faultEvent('disconnect', 'hit', { absence: 'until-registered' }));
  broken.conn('alice/phone', 'closed');
  broken.at(700).conn('bob/phone', 'closed');
  broken.add('probe', GONE);
  t.equal(outageIn(historyOf(broken.events))?.sinceAt, 700, 'the target went when the other connection ended');
});

t.test('a server that ends right after a hostile agent has spoken was provoked, one that ends later was not', async (t) => {
  const devices = new Set(['alice/phone', 'bob/phone']);
  const provokedAfter = (ms: number): boolean => {
    const trace = call();
    trace.at(1_000).wire('mallory/phone', 'out', 'mallory/phone', 'unreadable', null, null);
    trace.after(5).wire('alice/phone', 'out', 'alice/phone', 'ping', null, null);
    goesAway(trace.at(1_000 + ms), ERROR);
    const outage = outageIn(historyOf(trace.events));
    return outage !== null && isProvoked(historyOf(trace.events), outage, devices);
  };
  t.ok(provokedAfter(100));
  t.notOk(provokedAfter(10_000));
});
