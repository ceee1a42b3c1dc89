/** One example of each frame of the protocol, as one call has them: for the published document, and for tests to start from. */
import type { CallRecord } from '../../src/protocol/call.js';
import type { ClientFrame, ServerFrame } from '../../src/protocol/frames.js';

export type Example =
  | { readonly from: 'client'; readonly name: string; readonly frame: ClientFrame }
  | { readonly from: 'server'; readonly name: string; readonly frame: ServerFrame };

const ALICE = { user: 'alice', device: 'phone' };
const BOB = { user: 'bob', device: 'laptop' };
const CALL = 'c-alice.phone-0k3v9x2';
const AT = 1_767_225_600_000;

const RINGING: CallRecord = {
  id: CALL,
  version: 2,
  phase: 'ringing',
  caller: ALICE,
  callee: { user: 'bob', device: null },
  invitedAt: AT,
  ringingAt: AT + 40,
  answeredAt: null,
  endedAt: null,
  reason: null,
  endedBy: null,
};
const CONNECTED: CallRecord = { ...RINGING, version: 3, phase: 'connected', callee: BOB, answeredAt: AT + 2_500 };
const ENDED: CallRecord = { ...CONNECTED, version: 4, phase: 'ended', endedAt: AT + 60_000, reason: 'hangup', endedBy: ALICE };
const OFFER = { type: 'offer' as const, sdp: 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n' };
const CANDIDATE = { candidate: 'candidate:1 1 UDP 2122260223 127.0.0.1 50000 typ host', sdpMid: '0' };

const client = (name: string, frame: ClientFrame): Example => ({ from: 'client', name, frame });
const server = (name: string, frame: ServerFrame): Example => ({ from: 'server', name, frame });

/** At least one example per frame, in the order in which a call brings them. */
export const EXAMPLES: readonly Example[] = [
  client('first', { type: 'hello', token: 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl', device: 'phone' }),
  client('resumed', {
    type: 'hello',
    token: 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl',
    device: 'phone',
    resume: { session: 's-1x7q0c', ack: 12 },
  }),
  server('registered', {
    type: 'welcome',
    session: 's-1x7q0c',
    resumed: true,
    ack: 3,
    time: AT + 2_600,
    heartbeatMs: 10_000,
    calls: [CONNECTED],
  }),
  client('invite', { type: 'command', seq: 1, id: 'm-1', op: 'invite', call: CALL, to: 'bob' }),
  client('accept', { type: 'command', seq: 2, ack: 1, id: 'm-7', op: 'accept', call: CALL }),
  server('done', { type: 'result', seq: 2, ack: 2, id: 'm-7', ok: true, refused: null, record: CONNECTED }),
  server('refused', { type: 'result', seq: 6, id: 'm-9', ok: false, refused: 'already-ended', record: ENDED }),
  server('rings', { type: 'event', seq: 1, record: RINGING, cause: { move: 'ring', by: BOB, command: 'm-3' } }),
  server('answered', { type: 'event', seq: 3, ack: 2, record: CONNECTED, cause: { move: 'accept', by: BOB, command: 'm-7' } }),
  client('applied', { type: 'receipt', seq: 3, call: CALL, version: 3 }),
  server('applied', { type: 'receipt', seq: 4, call: CALL, version: 3, device: ALICE }),
  client('offer', { type: 'signal', seq: 4, call: CALL, kind: 'description', data: OFFER }),
  client('candidate', { type: 'signal', seq: 5, call: CALL, kind: 'candidate', data: CANDIDATE }),
  server('offer', { type: 'signal', seq: 5, from: ALICE, call: CALL, kind: 'description', data: OFFER }),
  client('acknowledged', { type: 'ack', ack: 6 }),
  server('acknowledged', { type: 'ack', ack: 5 }),
  client('heartbeat', { type: 'ping', at: 81_234.5, ack: 6 }),
  server('heartbeat', { type: 'pong', at: 81_234.5, time: AT + 5_000, ack: 5 }),
  server('before a close', { type: 'error', code: 4400, message: 'bad command frame at op: Invalid option' }),
];
