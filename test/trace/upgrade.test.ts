/** Traces of the version before: read as those of the present one. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { rejudge } from '../../src/scenarios/run/rejudge.js';
import { decodeTrace } from '../../src/trace/jsonl.js';

const BEGIN = {
  type: 'run',
  phase: 'begin',
  schema: 'call-probe/trace@1',
  scenario: 's',
  file: null,
  seed: '1',
  repetition: 1,
  target: 'wss://example.test',
  defects: [],
  devices: ['alice/phone'],
  versions: {},
  replay: 'r',
  serverVisible: true,
  media: 'none',
  adapter: { name: 'own', relaysAsIs: true, hides: ['glare'] },
};
const log = (message: string, data: object = {}, node = 'alice/phone'): object => ({
  node,
  type: 'log',
  level: 'info',
  message,
  data,
});
const wire = { type: 'wire', dir: 'in', link: 'alice/phone.signaling', conn: 1, call: 'c1', seq: 1, bytes: 9, digest: 'd' };
const fault = { type: 'fault', act: 'hit', target: null, message: 'm', absence: null, struck: null };

/** The events after the first, as they are read; fails when one can't be. */
function upgraded(t: Test, ...events: readonly object[]): readonly unknown[] {
  const lines = [BEGIN, ...events].map((event, index) =>
    JSON.stringify({ n: index + 1, at: index, wall: index, node: 'alice/phone', cause: null, ...event }),
  );
  const { events: read, problems } = decodeTrace(`${lines.join('\n')}\n`);
  t.strictSame(problems, []);
  t.match(read[0], {
    schema: 'call-probe/trace@2',
    roles: { server: 'server', probe: 'probe' },
    adapter: { name: 'own', limits: ['glare'] },
  });
  return read.slice(1);
}

t.test('events get their present names', async (t) => {
  const record = {
    ...{ id: 'c1', version: 1, phase: 'inviting', caller: { user: 'alice', device: 'phone' } },
    ...{ callee: { user: 'bob', device: null }, invitedAt: 1, ringingAt: null, answeredAt: null, endedAt: null },
    ...{ reason: null, endedBy: null },
  };
  t.match(
    upgraded(
      t,
      { type: 'op', op: 'hang up', peer: null, call: 'c1' },
      { type: 'view', call: 'c1', version: null, state: 'ended', reason: 'hangup', timerStartedAt: null },
      { type: 'phase', call: 'c1', version: 1, phase: 'inviting', record },
      { type: 'receipt', call: 'c1', version: 1, device: 'bob/phone' },
      { type: 'mark', name: 'recalled', path: null, text: 'x', ok: true, actual: null },
    ),
    [{ type: 'action', action: 'hang up' }, { type: 'state' }, { type: 'record' }, { type: 'applied' }, { name: 'redialed' }],
  );
});

t.test('sentences of logs become typed events', async (t) => {
  const cut = 'EHOSTUNREACH: the link is cut';
  t.match(
    upgraded(
      t,
      log('connection opened', { link: 'alice/phone.signaling', conn: 1 }),
      log('connection closed', { link: 'alice/phone.signaling', conn: 1, code: 1006, reason: '', error: null }),
      log('connection closed', { link: 'alice/phone.signaling', conn: 2, code: 1006, reason: '', error: cut }),
      log('session expired', { device: 'alice/phone' }, 'server'),
      log('refused cancel: already-connected', { call: 'c1', device: 'alice/phone' }, 'server'),
      log('command.accept not written: no open connection', { conn: 1 }),
      log('asked by HTTP', { link: 'alice/phone.signaling', call: 'c1', outcome: '404: no such call' }),
      log('the target is gone: ECONNREFUSED', { knock: 'gone', error: 'ECONNREFUSED' }, 'probe'),
      log('something else', { conn: 1 }),
    ),
    [
      { type: 'conn', state: 'opened', code: null },
      { type: 'conn', state: 'closed', code: 1006, by: null },
      { type: 'conn', state: 'refused', conn: 2, by: 'fault' },
      { type: 'session', device: 'alice/phone', state: 'expired' },
      { type: 'refused', command: 'cancel', why: 'already-connected' },
      { type: 'unsent', kind: 'command.accept', why: 'no-connection' },
      { type: 'http', path: '/v1/calls/c1', status: 404 },
      { type: 'health', state: 'gone', error: 'ECONNREFUSED' },
      { type: 'log', message: 'something else' },
    ],
  );
});

t.test('kinds of messages, end reasons, refused log-ins and faults', async (t) => {
  t.match(
    upgraded(
      t,
      { ...wire, kind: 'raw:call-made', name: 'call-made' },
      { ...wire, kind: 'noise:180' },
      { ...wire, kind: 'raw' },
      { ...wire, kind: 'event.ended', frame: { record: { reason: 'busy' } } },
      { type: 'violation', code: 'log-in-failed', message: 'no', call: null },
      { type: 'violation', code: 'error-4401', message: 'bad token', call: null },
      { type: 'violation', code: 'stray', message: 'x', call: null },
      { ...fault, fault: 'jump' },
      { ...fault, fault: 'disconnect', absence: 'until-greeted' },
      { ...fault, fault: 'drop', struck: { dir: 'out', kind: 'command.accept', call: null, bytes: 1, digest: 'd' } },
      { ...fault, fault: 'latency' },
      { type: 'mark', name: 'expect', path: null, text: 'both: connected within 1s', ok: false, actual: 'x' },
      { type: 'mark', name: 'expect', path: null, text: 'both: media flowing within 1s', ok: true, actual: 'x' },
    ),
    [
      { kind: 'unmapped', name: 'call-made' },
      { kind: 'ignored', name: '180' },
      { kind: 'unreadable' },
      { kind: 'event.ended', reason: 'busy' },
      { type: 'session', device: 'alice/phone', state: 'refused', text: 'no' },
      { type: 'session', state: 'refused', text: '4401 bad token' },
      { type: 'violation', code: 'stray' },
      { layer: 'clock' },
      { layer: 'connection', absence: 'until-registered' },
      { layer: 'message', struck: { dropped: true } },
      { layer: null },
      { wants: { states: ['connected'], media: [] } },
      { wants: { states: [], media: ['flowing'] } },
    ],
  );
});

t.test('a recorded trace of version 1 gives the verdict and the cause that it gave', async (t) => {
  for (const [name, status, causes] of [
    ['broken', 'failed', [['not-forwarded', 'server', 0.95]]],
    ['healthy', 'passed', []],
  ] as const) {
    const path = fileURLToPath(new URL(`../../../test/fixtures/traces/version-1-${name}.trace.jsonl`, import.meta.url));
    const text = readFileSync(path, 'utf8');
    t.match(text, '"schema":"call-probe/trace@1"');
    const { events, problems } = decodeTrace(text);
    t.strictSame(problems, []);
    const judgement = rejudge(events, path, null)?.record.judgement;
    t.equal(judgement?.status, status, name);
    t.strictSame(
      judgement?.diagnoses.map(({ code, hop, confidence }) => [code, hop, confidence]),
      causes,
      name,
    );
  }
});
