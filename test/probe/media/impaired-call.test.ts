/** Real calls on a bad network: what the peers see is what was asked for. */
import t, { type Test } from 'tap';
import type { MediaReport } from '../../../src/client/ports.js';
import { tookEffect } from '../../../src/faults/media/impairment.js';
import { startMediaHost } from '../../../src/probe/media/supervisor.js';
import type { MediaHost } from '../../../src/probe/runtime/ports.js';
import { faultOf, impairment } from '../../faults/media/stage-run.js';
import { startCall } from './live-call.js';

async function hostFor(t: Test): Promise<MediaHost> {
  const host = await startMediaHost({ setupMs: 30_000 });
  t.teardown(() => host.stop());
  host.onFault((message) => t.fail(message));
  return host;
}

const isReportOf =
  (kind: MediaReport['kind']) =>
  (report: MediaReport): boolean =>
    report.kind === kind;

t.test('loss, latency, jitter and more: media flows, and the receiver counts what the relay did', async (t) => {
  const host = await hostFor(t);
  const faults = [
    faultOf('latency', { latency: 80, jitter: 30 }, 'upstream'),
    faultOf('loss', { loss: 0.1 }, 'upstream'),
    faultOf('duplicate', { duplicate: 0.05 }, 'upstream'),
    faultOf('corrupt', { corrupt: 0.02 }, 'upstream'),
  ];
  await host.impair('alice/phone', impairment(...faults));
  const call = startCall(host, 'poor');
  await Promise.all([call.seen('caller', 'progress', 'rtp'), call.seen('callee', 'progress', 'rtp')]);
  // Six reports of figures are at least 2.5 s of audio.
  await call.seenTimes('callee', 'stats', 6);
  const before = await host.impairmentCounters('alice/phone');
  await call.close();
  for (const each of before.faults) t.ok(tookEffect(each), `${each.fault} bit`);
  const { stats } = await call.seen('callee', 'closed');
  const share = stats.packetsLost / (stats.packetsLost + stats.packetsReceived);
  // 10 % lost and 2 % of the rest damaged: 11.8 %, and about 130 packets have a standard error of 2.8 %.
  t.ok(share > 0.02 && share < 0.24, `${stats.packetsLost} lost, ${stats.packetsReceived} received`);
  t.ok(stats.reordered > 0, `${stats.reordered} reordered`);
  t.ok((stats.delayMsP50 ?? 0) >= 70, `${stats.delayMsP50} ms`);
  const other = (await call.seen('caller', 'closed')).stats;
  t.match(other, { packetsLost: 0, duplicates: 0 }, 'the other direction is untouched');
});

t.test('a blackout stalls both sides, and healing it resumes them', async (t) => {
  const host = await hostFor(t);
  const call = startCall(host, 'tunnel');
  await Promise.all([call.seen('caller', 'stats'), call.seen('callee', 'stats')]);
  await host.impair('alice/phone', impairment(faultOf('blackout')));
  await Promise.all([call.seen('caller', 'stalled'), call.seen('callee', 'stalled')]);
  const { faults } = await host.impair('alice/phone', null);
  t.same(faults.map(tookEffect), [true, true]);
  await Promise.all([call.seen('caller', 'resumed'), call.seen('callee', 'resumed')]);
  await call.close();
  t.notOk(call.reports.caller.some(isReportOf('failed')));
});

t.test('block-udp: a call that flows goes on, the next one never comes up', async (t) => {
  const host = await startMediaHost({ setupMs: 1_000 });
  t.teardown(() => host.stop());
  const flowing = startCall(host, 'before');
  await Promise.all([flowing.seen('caller', 'stats'), flowing.seen('callee', 'stats')]);
  await host.impair('alice/phone', impairment(faultOf('block-udp')));
  const blocked = startCall(host, 'behind a firewall');
  t.match(await blocked.seen('caller', 'failed'), { stage: 'ice', message: /ICE found no path/ });
  t.same((await host.impairmentCounters('alice/phone')).faults.map(tookEffect), [true, true]);
  await blocked.close();
  await flowing.close();
  t.notOk([...flowing.reports.caller, ...flowing.reports.callee].some(isReportOf('stalled')));
});

t.test('a rebinding: ICE finds the new port, and the old one heals the other direction', async (t) => {
  const host = await hostFor(t);
  const call = startCall(host, 'rebound');
  await Promise.all([call.seen('caller', 'stats'), call.seen('callee', 'stats')]);
  await host.impair('alice/phone', impairment(faultOf('nat-rebind', {}, 'upstream')));
  await call.seen('caller', 'stalled');
  // ICE checks its path every 4 to 6 s: only then does the other side learn the new port.
  await call.seen('callee', 'resumed');
  t.notOk(call.reports.caller.some(isReportOf('resumed')), 'the old port is silent');
  const { faults } = await host.impair('alice/phone', null);
  t.match(faults, [{ fault: 'nat-rebind', direction: 'upstream', counters: { rebound: 1 } }]);
  await call.seen('caller', 'resumed');
  await call.close();
  t.notOk([...call.reports.caller, ...call.reports.callee].some(isReportOf('failed')));
});

t.test('an impairment that makes no sense is refused, and a process that is gone has no counters', async (t) => {
  const host = await startMediaHost();
  await t.rejects(host.impair('alice/phone', impairment(faultOf('loss', { loss: 2 }))), {
    message: 'the media of alice/phone cannot be impaired: loss: the parameter loss is missing or out of range',
  });
  t.same(await host.impair('alice/phone', impairment(faultOf('loss', { loss: 0.5 }))), { faults: [], overflowed: 0 });
  t.match(await host.impairmentCounters('alice/phone'), { faults: [{ id: 'loss' }, { id: 'loss' }] });
  const unanswered = host.impairmentCounters('alice/phone');
  await host.stop();
  t.match(await unanswered, { overflowed: 0 });
  t.same(await host.impairmentCounters('alice/phone'), { faults: [], overflowed: 0 });
});
