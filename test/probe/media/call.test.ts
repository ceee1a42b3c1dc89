import { readdirSync } from 'node:fs';
import t, { type Test } from 'tap';
import type { MediaReport } from '../../../src/client/ports.js';
import { type MediaHostOptions, startMediaHost } from '../../../src/probe/media/supervisor.js';
import type { MediaHost } from '../../../src/probe/runtime/ports.js';
import { startCall } from './live-call.js';

async function hostFor(t: Test, options: MediaHostOptions = {}): Promise<MediaHost> {
  const host = await startMediaHost(options);
  t.teardown(() => host.stop());
  host.onFault((message) => t.fail(message));
  return host;
}

const stagesOf = (reports: readonly MediaReport[]) => reports.flatMap((each) => (each.kind === 'progress' ? [each.stage] : []));

t.test('a call: both sides hear each other and report figures', async (t) => {
  const call = startCall(await hostFor(t), 'c1');
  t.same(call.reports, { caller: [], callee: [] }, 'nothing is reported from within a call of a method');
  await Promise.all([call.seen('caller', 'stats'), call.seen('callee', 'stats')]);
  await call.close();
  for (const side of ['caller', 'callee'] as const) {
    const reports = call.reports[side];
    t.same(stagesOf(reports), ['ice', 'dtls', 'rtp'], side);
    t.equal(reports[0]?.kind, 'description', 'candidates come after their description');
    t.equal(reports.at(-1)?.kind, 'closed');
    t.equal(reports.filter((each) => each.kind === 'closed').length, 1);
    t.ok(reports.every((each, index) => index === 0 || each.kind === 'progress' || each.at >= (reports[0]?.at ?? 0)));
    const { stats } = await call.seen(side, 'closed');
    t.ok(stats.packetsSent > 0 && stats.packetsReceived > 0, `${stats.packetsSent} out, ${stats.packetsReceived} in`);
    t.match(stats, { packetsLost: 0, duplicates: 0, reordered: 0 });
    t.ok((stats.delayMsP50 ?? 0) >= 2.9, `${stats.delayMsP50} ms, of which the relay makes 3`);
    t.ok(stats.jitterMs >= 0 && stats.jitterMs < 1_000, `${stats.jitterMs} ms of jitter, whatever this machine makes of it`);
  }
});

t.test('what the signaling does to descriptions and candidates', async (t) => {
  const host = await hostFor(t);
  await t.test('candidates that come first are kept', async () => {
    const held: MediaReport[] = [];
    const call = startCall(host, 'early', (from, report) => {
      if (from === 'callee' || (report.kind !== 'candidate' && report.kind !== 'description')) return [report];
      held.push(report);
      return held.length === 2 ? [...held].reverse() : [];
    });
    await Promise.all([call.seen('caller', 'progress', 'rtp'), call.seen('callee', 'progress', 'rtp')]);
    await call.close();
  });
  await t.test('an answer that comes long after the ICE of the callee costs no DTLS retransmission', async (t) => {
    let answer: MediaReport | null = null;
    const call = startCall(host, 'late answer', (from, report) => {
      if (from === 'caller') return [report];
      if (report.kind === 'description') answer = report;
      if (report.kind === 'description' || report.kind === 'candidate') return [];
      return report.kind === 'progress' && report.stage === 'ice' && answer !== null ? [answer] : [];
    });
    const progress = await Promise.all([call.seen('caller', 'progress', 'rtp'), call.seen('callee', 'progress', 'rtp')]);
    t.same(
      progress.map(({ setupStalled }) => setupStalled),
      [false, false],
    );
    await call.close();
  });
  await t.test('repeated ones change nothing', async (t) => {
    const call = startCall(host, 'twice', (_from, report) => [report, report]);
    await Promise.all([call.seen('caller', 'progress', 'rtp'), call.seen('callee', 'progress', 'rtp')]);
    await call.close();
    t.notOk(call.reports.callee.some((each) => each.kind === 'failed'));
    t.equal(call.reports.callee.filter((each) => each.kind === 'description').length, 1, 'one answer');
  });
  await t.test('candidates inside the description are used', async () => {
    let offer: Extract<MediaReport, { kind: 'description' }> | null = null;
    const call = startCall(host, 'inside', (from, report) => {
      if (from === 'callee') return [report];
      if (report.kind === 'description') offer = report;
      if (report.kind !== 'candidate' || offer === null) return [];
      const sdp = `${offer.description.sdp}a=${report.candidate.candidate}\r\n`;
      return [{ ...offer, description: { type: 'offer', sdp } }];
    });
    await Promise.all([call.seen('caller', 'progress', 'rtp'), call.seen('callee', 'progress', 'rtp')]);
    await call.close();
  });
});

t.test('a set-up that does not come about fails in bounded time, with the stage and the reason', async (t) => {
  const host = await hostFor(t, { setupMs: 400, answerMs: 300 });
  await t.test('no answer', async (t) => {
    const call = startCall(host, 'no-answer', () => []);
    t.match(await call.seen('caller', 'failed'), { stage: 'ice', message: 'no answer to the offer within 300 ms' });
    await call.close();
  });
  await t.test('no candidate that could be used', async (t) => {
    const call = startCall(host, 'tcp', (_from, report) => {
      if (report.kind !== 'candidate') return [report];
      const candidate = report.candidate.candidate.replace('UDP', 'TCP');
      return [{ ...report, candidate: { ...report.candidate, candidate } }];
    });
    const { stage, message } = await call.seen('callee', 'failed');
    t.equal(stage, 'ice');
    t.match(message, /^ICE found no path within 400 ms .*: 1 local and 0 remote candidates, not usable: 1 TCP$/);
    await call.close();
  });
});

t.test('what cannot be a call fails with the stage and the reason', async (t) => {
  const host = await hostFor(t);
  await t.test('a fingerprint that is not the certificate', async (t) => {
    const call = startCall(host, 'fingerprint', (_from, report) => {
      if (report.kind !== 'description') return [report];
      const sdp = report.description.sdp.replace(
        /(a=fingerprint:sha-256 )(..)/,
        (_all, name, byte) => name + (byte === '00' ? '01' : '00'),
      );
      return [{ ...report, description: { ...report.description, sdp } }];
    });
    const { stage } = await Promise.race([call.seen('callee', 'failed'), call.seen('caller', 'failed')]);
    t.equal(stage, 'dtls');
    t.notOk(stagesOf(call.reports.callee).includes('rtp'));
    await call.close();
  });
  await t.test('descriptions that cannot be applied', async (t) => {
    for (const sdp of [
      '',
      'm=audio',
      'x'.repeat(40_000),
      'm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n',
    ]) {
      const call = startCall(host, 'bad', (from, report) =>
        from === 'caller' && report.kind === 'description' ? [{ ...report, description: { type: 'offer', sdp } }] : [],
      );
      t.match(await call.seen('callee', 'failed'), { stage: 'ice', message: /^the remote (offer|description) / });
      await call.close();
    }
  });
});

t.test('the other side falls silent: stalled, and no failure', async (t) => {
  const call = startCall(await hostFor(t), 'silent');
  await Promise.all([call.seen('caller', 'progress', 'rtp'), call.seen('callee', 'progress', 'rtp')]);
  call.sessions.caller.close();
  const stalled = await call.seen('callee', 'stalled');
  const closed = await call.seen('caller', 'closed');
  t.ok(stalled.at - closed.at > 900, `${stalled.at - closed.at} ms after the last packet`);
  t.equal(stalled.stats.packetsReceived, closed.stats.packetsSent, 'every packet that was sent arrived');
  call.sessions.callee.close();
  await call.seen('callee', 'closed');
  t.notOk(call.reports.callee.some((each) => each.kind === 'failed'));
});

t.test('a call between two processes passes the relay of either', async (t) => {
  const [one, other] = await Promise.all([hostFor(t, { relayDelayMs: 80 }), hostFor(t, { relayDelayMs: 80 })]);
  const call = startCall(one, 'across', undefined, other);
  await Promise.all([call.seen('caller', 'stats'), call.seen('callee', 'stats')]);
  await call.close();
  for (const side of ['caller', 'callee'] as const) {
    const { stats } = await call.seen(side, 'closed');
    t.ok(
      (stats.delayMsP50 ?? 0) >= 79.9 && (stats.delayMsP50 ?? 0) < 160,
      `${stats.delayMsP50} ms: one relay, not two and not none`,
    );
    t.equal(stats.packetsLost, 0);
  }
});

t.test('a session after its close does nothing', async (t) => {
  const host = await hostFor(t);
  const call = startCall(host, 'closed');
  await call.close();
  const before = call.reports.caller.length;
  call.sessions.caller.offer();
  call.sessions.caller.remoteCandidate({ candidate: 'candidate:1', sdpMid: '0' });
  call.sessions.caller.close();
  await startCall(host, 'next').seen('caller', 'description');
  t.equal(call.reports.caller.length, before);
});

t.test('100 sessions leave no socket behind', { skip: process.platform !== 'linux' }, async (t) => {
  const host = await hostFor(t);
  const descriptors = (): number => readdirSync(`/proc/${host.pid}/fd`).length;
  const cycle = async (call: string): Promise<void> => {
    const live = startCall(host, call);
    await Promise.all([live.seen('caller', 'progress', 'dtls'), live.seen('callee', 'progress', 'dtls')]);
    await live.close();
  };
  await cycle('first');
  const before = descriptors();
  for (let i = 0; i < 50; i++) await cycle(`cycle ${i}`);
  // The library closes its sockets in a thread of its own, so the last call or two may still be there; 50 must not.
  const after = descriptors();
  t.ok(after < before + 10, `${before} descriptors after one call, ${after} after 51`);
});
