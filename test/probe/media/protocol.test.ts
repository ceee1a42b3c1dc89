import t from 'tap';
import { createTally } from '../../../src/faults/media/media-fault.js';
import { isAnswer, isCommand, messageText } from '../../../src/probe/media/protocol.js';

const stats = {
  packetsSent: 1,
  packetsReceived: 1,
  packetsLost: 0,
  duplicates: 0,
  reordered: 0,
  jitterMs: 0,
  delayMsP50: null,
  delayMsMax: 3,
};
const description = { type: 'offer', sdp: 'v=0' };

const blackout = { id: 'f1', fault: 'blackout', direction: 'both', values: { blackout: 'on' } };
const counted = { id: 'f1', fault: 'blackout', direction: 'upstream', counters: createTally() };

t.test('commands and answers in their shape', async (t) => {
  for (const command of [
    { type: 'start', settings: { bindAddress: '127.0.0.1', relayDelayMs: 3, setupMs: 1, answerMs: 1 } },
    { type: 'open', session: 1, device: 'alice/phone', call: 'c1' },
    { type: 'offer', session: 1 },
    { type: 'description', session: 1, description },
    { type: 'candidate', session: 1, candidate: { candidate: 'candidate:1', sdpMid: '0' } },
    { type: 'close', session: 1 },
    { type: 'impair', number: 1, device: 'alice/phone', impairment: null },
    { type: 'impair', number: 1, device: 'alice/phone', impairment: { seed: 's', faults: [blackout] } },
    { type: 'count', number: 1, device: 'alice/phone' },
    { type: 'ping', number: 1 },
    { type: 'stop' },
  ]) {
    t.ok(isCommand(command), command.type);
  }
  for (const report of [
    { kind: 'description', at: 1, description },
    { kind: 'progress', at: 1, stage: 'dtls', setupStalled: false },
    { kind: 'stats', at: 1, stats },
    { kind: 'failed', at: 1, stage: 'ice', message: 'why' },
  ]) {
    t.ok(isAnswer({ type: 'report', session: 1, report }), report.kind);
  }
  t.ok(isAnswer({ type: 'counters', number: 1, counters: { faults: [counted], overflowed: 0 } }));
  t.ok(isAnswer({ type: 'fault', message: messageText('x'.repeat(10_000)) }));
});

t.test('anything else is refused', async (t) => {
  for (const message of [
    undefined,
    null,
    7,
    'stop',
    [],
    {},
    { type: 'constructor' },
    { type: 'open', session: '1', device: 'a/1', call: 'c' },
    { type: 'offer', session: Number.NaN },
    { type: 'description', session: 1, description: { type: 'rollback', sdp: '' } },
    { type: 'description', session: 1, description: { type: 'offer', sdp: 'x'.repeat(40_000) } },
    { type: 'description', session: 1 },
    { type: 'impair', number: 1, device: 'alice/phone' },
    { type: 'impair', number: 1, device: 'alice/phone', impairment: { seed: 's', faults: [{ ...blackout, values: {} }] } },
  ]) {
    t.notOk(isCommand(message), JSON.stringify(message)?.slice(0, 60));
  }
  t.notOk(isAnswer({ type: 'report', session: 1, report: { kind: 'stats', at: 1, stats: { ...stats, jitterMs: null } } }));
  t.notOk(isAnswer({ type: 'report', session: 1, report: { kind: 'failed', at: 1, stage: 'sctp', message: '' } }));
  t.notOk(isAnswer({ type: 'report', session: 1 }));
  for (const wrong of [{ ...counted, direction: 'both' }, { ...counted, counters: { passed: 1 } }, null])
    t.notOk(isAnswer({ type: 'counters', number: 1, counters: { faults: [wrong], overflowed: 0 } }));
});
