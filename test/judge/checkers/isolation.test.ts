import t from 'tap';
import type { MessageKind } from '../../../src/protocol/message-kinds.js';
import type { TraceEvent } from '../../../src/trace/event.js';
import { faultEvent, healthyCall, type Setting, TraceBuilder } from '../../trace-builder.js';
import { ForeignTrace } from '../causes/foreign-trace.js';
import { catches, holds } from './verdicts.js';

const STRANGER = 'mallory/phone';

/** A call that is up; then `meddle`, a hang-up by those who have a part in it, and the rest of a run. */
function withStranger(meddle: (trace: TraceBuilder) => void, setting: Setting = {}): TraceEvent[] {
  const trace = new TraceBuilder(setting).at(50);
  connection(trace, 'alice/phone', 'opened', 1);
  trace.at(100).rings('alice/phone', 'bob').after(100).acts('bob/phone', 'accept').after(100);
  meddle(trace);
  if (trace.record('c1').phase === 'connected') trace.after(100).acts('alice/phone', 'hang up');
  return trace.rests().ends();
}

function connection(trace: TraceBuilder, node: string, what: 'opened' | 'closed', conn: number, code = 1006): number {
  return trace.conn(node, what, what === 'closed' ? { conn, code } : { conn });
}

/** The stranger's frame as the server read it. */
function says(trace: TraceBuilder, kind: MessageKind, call: string | null = 'c1', device = STRANGER): number {
  const out = trace.wire(device, 'out', device, kind, call, null);
  return trace.after(5).wire('server', 'in', device, kind, call, out, trace.events.length);
}

t.test('calls without strangers, and a stranger who is refused', async (t) => {
  holds(t, 'isolation', healthyCall());
  holds(t, 'isolation', healthyCall({ server: false }));
  holds(
    t,
    'isolation',
    withStranger((trace) => {
      const heard = says(trace, 'command.hangup');
      trace.wire('server', 'out', STRANGER, 'result.refused', 'c1', heard);
      trace.wire(STRANGER, 'in', STRANGER, 'result.refused', 'c1', heard);
      connection(trace, STRANGER, 'closed', 1, 4400);
      trace.session('server', STRANGER, 'lost', null, heard);
    }),
  );
});

t.test('a stranger who calls somebody has a part in that call', async (t) => {
  const trace = new TraceBuilder().at(100);
  const heard = trace.command(STRANGER, 'invite', 'c1', null);
  trace.tells('c1', trace.invites('c1', STRANGER, 'bob', heard), ['bob/phone']);
  const told = trace.events.at(-1)?.n ?? null;
  trace.tells('c1', trace.moves('c1', 'ring', 'bob/phone', trace.command('bob/phone', 'ring', 'c1', told)), ['bob/phone']);
  trace.tells('c1', trace.moves('c1', 'cancel', STRANGER, trace.command(STRANGER, 'cancel', 'c1', null)), ['bob/phone']);
  holds(t, 'isolation', trace.rests().ends());
});

t.test('a change of the record that follows from the command of a stranger', async (t) => {
  const trace = withStranger((trace) => {
    const change = trace.moves('c1', 'hangup', 'alice/phone', trace.command(STRANGER, 'hangup', 'c1', null));
    trace.tells('c1', change);
  });
  const { findings } = catches(
    t,
    'isolation',
    trace,
    /^mallory\/phone has no part in call c1 of alice and bob, and command\.hangup made it ended\(hangup\) \(version 4\)$/,
  );
  t.equal(findings.length, 1, 'one change is one finding, however many devices were told of it');
});

t.test('a change that follows from a frame of nobody, before any log-in', async (t) => {
  const trace = withStranger((trace) => {
    trace.tells('c1', trace.moves('c1', 'hangup', 'bob/phone', says(trace, 'command.hangup', 'c1', 'unknown')));
  });
  catches(t, 'isolation', trace, /^unknown has no part in call c1/);
});

t.test('another device of the run that has no part in the call is a stranger too', async (t) => {
  const trace = withStranger(
    (trace) => {
      trace.tells('c1', trace.moves('c1', 'hangup', 'alice/phone', trace.command('carol/phone', 'hangup', 'c1', null)));
    },
    { devices: ['alice/phone', 'bob/phone', 'carol/phone'] },
  );
  catches(t, 'isolation', trace, /^carol\/phone has no part in call c1/);
});

t.test('what devices read of a black box names the stranger', async (t) => {
  const record = {
    id: 'c1',
    version: 4,
    phase: 'ended',
    caller: { user: 'alice', device: 'phone' },
    callee: { user: 'bob', device: 'phone' },
    invitedAt: 1,
    ringingAt: 2,
    answeredAt: 3,
    endedAt: 4,
    reason: 'hangup',
    endedBy: { user: 'alice', device: 'phone' },
  } as const;
  const ended = (by: string, endedBy: string): TraceEvent[] => {
    const device = 'bob/phone';
    const address = (user: string): { user: string; device: string } => ({ user, device: 'phone' });
    return withStranger(
      (trace) => {
        const frame = { type: 'event', record, cause: { move: 'hangup', by: address(by), command: 'x' } };
        const [link, kind, digest] = [`${device}.signaling`, 'event.ended' as const, 'd'];
        const n = trace.add(device, {
          type: 'wire',
          dir: 'in',
          link,
          conn: 1,
          kind,
          call: 'c1',
          seq: 9,
          bytes: 9,
          digest,
          frame,
        });
        const held = { ...record, endedBy: address(endedBy) };
        trace.add(device, { type: 'record', call: 'c1', version: 4, phase: 'ended', record: held }, n);
      },
      { server: false },
    );
  };
  holds(t, 'isolation', ended('alice', 'alice'));
  catches(t, 'isolation', ended('mallory', 'mallory'), /^mallory\/phone has no part in call c1/);
});

t.test('a message of a stranger that is passed on to a device of the call', async (t) => {
  const passedOn = (kind: MessageKind): TraceEvent[] =>
    withStranger((trace) => {
      const heard = says(trace, kind);
      trace.wire('bob/phone', 'in', 'bob/phone', kind, 'c1', trace.wire('server', 'out', 'bob/phone', kind, 'c1', heard));
    });
  for (const kind of ['signal.offer', 'receipt', 'event.ended'] as const) {
    const message = new RegExp(`^mallory/phone has no part in call c1.*, and its ${kind} came through to bob/phone$`);
    catches(t, 'isolation', passedOn(kind), message);
  }
});

t.test('a signal of a stranger that a black box passed on', async (t) => {
  const trace = withStranger(
    (trace) => {
      const frame = { type: 'signal', call: 'c1', kind: 'description', from: { user: 'mallory', device: 'phone' } };
      const [link, kind, digest] = ['bob/phone.signaling', 'signal.offer' as const, 'd'];
      trace.add('bob/phone', { type: 'wire', dir: 'in', link, conn: 1, kind, call: 'c1', seq: 9, bytes: 9, digest, frame });
    },
    { server: false },
  );
  catches(t, 'isolation', trace, /its signal\.offer came through to bob\/phone/);
});

t.test('a session of somebody else that the server gave up over a frame', async (t) => {
  const over = (device: string): TraceEvent[] =>
    withStranger((trace) => {
      const heard = says(trace, 'hello', null);
      trace.session('server', device, 'replaced', null, heard);
    });
  holds(t, 'isolation', over(STRANGER));
  catches(t, 'isolation', over('alice/phone'), /^mallory\/phone sent hello, and the server's session replaced is of alice$/);
});

t.test('a connection that ends after a stranger spoke, and nothing else explains it', async (t) => {
  const ends = (before: (trace: TraceBuilder) => void): TraceEvent[] =>
    withStranger((trace) => {
      before(trace);
      connection(trace.after(3), 'alice/phone', 'closed', 1);
    });
  const message = /^the connection of alice ended \(1006\) 8 ms after mallory sent unreadable, and nothing else explains it$/;
  catches(
    t,
    'isolation',
    ends((trace) => says(trace, 'unreadable', null)),
    message,
  );
  holds(
    t,
    'isolation',
    ends(() => undefined),
  );
  for (const node of ['alice/phone', 'server']) {
    holds(
      t,
      'isolation',
      ends((trace) => {
        says(trace, 'unreadable', null);
        trace.add(node, faultEvent('disconnect', 'hit', { absence: 'until-registered' }));
      }),
    );
  }
  holds(
    t,
    'isolation',
    ends((trace) => {
      says(trace, 'unreadable', null);
      trace.op('alice/phone', 'go offline');
    }),
  );
  holds(
    t,
    'isolation',
    ends((trace) => {
      says(trace, 'unreadable', null);
      connection(trace, 'alice/phone', 'opened', 2);
    }),
  );
  catches(
    t,
    'isolation',
    ends((trace) => {
      trace.add('alice/phone', faultEvent('disconnect', 'hit', { absence: 'until-registered' }));
      says(trace, 'unreadable', null);
      connection(trace, 'alice/phone', 'opened', 1);
    }),
    /nothing else explains it/,
  );
});

t.test(
  'a black box that tells nobody why: a change right after a stranger asked for it, and nobody in the call did',
  async (t) => {
    const asked = (kind: MessageKind, then: (trace: ForeignTrace) => unknown): TraceEvent[] => {
      const trace = new ForeignTrace().calls();
      trace.says(STRANGER, kind);
      then(trace.after(5));
      return trace.finishes(false);
    };
    const answered = asked('command.accept', (trace) => trace.answered());
    catches(
      t,
      'isolation',
      answered,
      /^mallory has no part in call c1 of alice and bob, and alice showed connected 10 ms after it sent command\.accept; nobody/,
    );
    catches(
      t,
      'isolation',
      asked('command.cancel', (trace) => trace.hears('bob/phone', 'event.ended', { state: 'ended', reason: 'cancelled' })),
      /bob showed ended\(cancelled\)/,
    );
    holds(
      t,
      'isolation',
      asked('command.accept', (trace) => trace.accepts().answered()),
    );
    holds(
      t,
      'isolation',
      asked('command.hangup', (trace) => {
        trace.accepts().answered().hangsUp();
        trace.ended();
      }),
    );
    holds(
      t,
      'isolation',
      asked('command.accept', (trace) => trace.after(3_000).answered()),
    );
    holds(
      t,
      'isolation',
      asked('command.hangup', (trace) => {
        trace.op('bob/phone', 'go offline');
        trace.hears('alice/phone', 'event.ended', { state: 'ended', reason: 'peer-lost' });
      }),
    );
  },
);
