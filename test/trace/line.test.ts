import t from 'tap';
import type { TraceBody, TraceEvent } from '../../src/trace/event.js';
import { lineOf } from '../../src/trace/line.js';

const at = (body: TraceBody, node = 'alice/phone'): TraceEvent => ({ n: 3, at: 1204.4, wall: 0, node, cause: null, ...body });

t.test('one line says who did what to which call', async (t) => {
  t.equal(
    lineOf(at({ type: 'action', action: 'call', peer: 'bob', call: 'c1' })),
    'n=3 1.204 s alice/phone user: call bob of c1',
  );
  const wire = { type: 'wire', dir: 'out', link: 'bob/phone.signaling', conn: 1, kind: 'event.connected', call: 'c1' } as const;
  t.equal(
    lineOf(at({ ...wire, seq: 4, bytes: 9, digest: 'd' }, 'server')),
    'n=3 1.204 s server wrote event.connected of c1 to bob/phone, seq 4, digest d',
  );
  t.match(
    lineOf(at({ type: 'state', call: 'c1', version: 2, state: 'ended', reason: 'busy', timerStartedAt: null })),
    /ended\(busy\)/,
  );
});

t.test('whatever stands in the event, it is one line of bounded length', async (t) => {
  const long = lineOf(at({ type: 'log', level: 'info', message: `a\r\nb ${'x'.repeat(5_000)}`, data: {} }));
  t.ok(long.length <= 240 && !/[\r\n]/.test(long));
});
