import t from 'tap';
import { MESSAGE_KINDS } from '../../src/protocol/message-kinds.js';
import { renderLadderSvg } from '../../src/reporters/html/static-ladder.js';
import { isHousekeeping, isRoutine, kindLabel, messageLabel, remarkOf } from '../../src/reporters/ladder/labels.js';
import { renderLadder } from '../../src/reporters/ladder.js';
import { renderMermaid } from '../../src/reporters/mermaid.js';
import type { TraceBody } from '../../src/trace/event.js';
import { traceOf } from './call-trace.js';

const remark = (body: TraceBody) => remarkOf({ n: 1, at: 0, wall: 0, node: 'alice/phone', cause: null, ...body });
const conn = { type: 'conn', link: 'alice/phone.signaling', conn: 1, code: null, reason: '', error: null, by: null } as const;

t.test('connections: what matters is one that was refused, that broke, or that replaces a broken one', async (t) => {
  t.match(remark({ ...conn, state: 'opened' }), { text: 'connection 1 opened', isDetail: true });
  t.match(remark({ ...conn, conn: 2, state: 'opened' }), { text: 'connection 2 opened', tone: 'quiet', isDetail: false });
  t.match(remark({ ...conn, state: 'refused', error: 'ECONNREFUSED' }), {
    text: 'connection 1 refused: ECONNREFUSED',
    tone: 'warn',
  });
  t.match(remark({ ...conn, state: 'closed', code: 1012, reason: 'restart', by: 'peer' }), {
    text: 'connection 1 closed by the other end (1012): restart',
    tone: 'warn',
    isDetail: false,
  });
  t.match(remark({ ...conn, state: 'closed', code: 1000, by: 'self' }), { text: 'connection 1 closed (1000)', isDetail: true });
});

t.test('sessions, refusals and messages that could not be sent', async (t) => {
  const session = { type: 'session', device: 'alice/phone', text: null } as const;
  t.match(remark({ ...session, state: 'opened' }), { isDetail: true });
  t.match(remark({ ...session, state: 'refused', text: 'bad token' }), { text: 'log-in refused: bad token', tone: 'warn' });
  t.match(remark({ ...session, device: 'bob/phone', state: 'resumed' }), {
    text: 'session of bob/phone resumed',
    isDetail: false,
  });
  t.match(remark({ type: 'refused', call: 'c1', device: 'bob/phone', command: 'accept', why: 'already-ended' }), {
    text: 'accept of bob/phone refused: already-ended',
    tone: 'warn',
  });
  t.match(remark({ type: 'unsent', link: 'l', conn: 0, kind: 'command.accept', call: 'c1', why: 'no-connection' }), {
    text: 'accept not sent: no-connection',
    tone: 'warn',
  });
  t.match(remark({ type: 'action', action: 'call', peer: 'bob', call: null, refused: 'offline' }), {
    text: 'call bob, refused: offline',
    tone: 'warn',
  });
});

t.test('requests by HTTP and health checks', async (t) => {
  const http = { type: 'http', method: 'GET', path: '/calls/c1', durationMs: 12, call: 'c1', message: '' } as const;
  t.match(remark({ ...http, status: 200 }), { text: 'GET /calls/c1: 200 after 12 ms', tone: 'quiet' });
  t.match(remark({ ...http, status: null }), { text: 'GET /calls/c1: no answer after 12 ms', tone: 'warn' });
  t.match(remark({ type: 'health', state: 'gone', error: 'ECONNREFUSED' }), {
    text: /gone: ECONNREFUSED/,
    isWide: true,
    tone: 'bad',
  });
});

t.test('text from outside is printable, logs matter from a warning on', async (t) => {
  t.match(remark({ type: 'log', level: 'warn', message: 'a\u001b[2J', data: {} }), { text: 'a\\x1b[2J', isDetail: false });
  t.match(remark({ type: 'log', level: 'info', message: 'a', data: {} }), { isDetail: true });
  t.equal(messageLabel({ kind: 'unmapped', name: '\u202ex' }), 'unmapped \\u202ex');
});

t.test('kinds: the last word of what is about a call, parts as such, upkeep in the background', async (t) => {
  t.equal(kindLabel('command.invite'), 'invite');
  t.equal(kindLabel('event.connected.part'), 'connected (part)');
  t.equal(kindLabel('result.ok'), 'result.ok');
  t.equal(messageLabel({ kind: 'event.ended', name: 'bye' }), 'ended', 'a mapped one needs no other name');
  t.strictSame(MESSAGE_KINDS.filter(isHousekeeping), ['ping', 'pong', 'ack', 'receipt', 'ignored']);
  t.strictSame(MESSAGE_KINDS.filter(isRoutine), ['hello', 'welcome', 'result.ok']);
});

t.test('every drawing has them', async (t) => {
  const trace = traceOf();
  const add = (at: number, node: string, body: TraceBody): number => trace.add(at, node, body);
  add(10, 'alice/phone', { ...conn, state: 'closed', code: 1006, error: 'ECONNRESET' });
  add(20, 'server', { type: 'session', device: 'alice/phone', state: 'replaced', text: null });
  add(30, 'server', { type: 'refused', call: 'c1', device: 'bob/phone', command: 'accept', why: 'already-ended' });
  add(40, 'bob/phone', { type: 'unsent', link: 'l', conn: 0, kind: 'command.hangup', call: 'c1', why: 'no-connection' });
  add(50, 'bob/phone', { type: 'http', method: 'GET', path: '/calls/c1', status: 503, durationMs: 4, call: 'c1', message: '' });
  add(60, 'probe', { type: 'health', state: 'gone', error: 'ECONNREFUSED' });
  const words = [
    'connection 1 closed (1006): ECONNRESET',
    'session of alice/phone replaced',
    'accept of bob/phone refused: already-ended',
    'hangup not sent: no-connection',
    'GET /calls/c1: 503 after 4 ms',
    'the target is gone: ECONNREFUSED',
  ];
  const drawings = {
    terminal: renderLadder(trace.events, { columns: 160 }),
    svg: renderLadderSvg(trace.events),
    mermaid: renderMermaid(trace.events) ?? '',
  };
  for (const [name, drawn] of Object.entries(drawings)) for (const text of words) t.match(drawn, text, name);
});
