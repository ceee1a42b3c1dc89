/** The shell of a device against a machine and a media host that the test plays. */
import t from 'tap';
import type { DeviceEffect, DeviceInput } from '../../../src/client/ports.js';
import { EMPTY_REPLICA, shownBy } from '../../../src/client/replica.js';
import type { LinkAct } from '../../../src/faults/connection/connection-fault.js';
import { type DeviceKind, startShell } from '../../../src/probe/device/device-shell.js';
import type { TransportSink } from '../../../src/probe/links/transport.js';
import type { MediaHost, MediaSession } from '../../../src/probe/runtime/ports.js';
import { Bus, type LiveEvent } from '../../../src/trace/bus.js';

const ADDRESS = { user: 'alice', device: 'phone' };
const LINK = 'alice/phone.signaling';

/** A machine that wants nothing. */
const IDLE = {
  deadline: () => null,
  shown: shownBy(EMPTY_REPLICA, ADDRESS),
  presence: 'offline',
  isQuiet: true,
  mediaState: () => 'idle',
  timer: () => null,
} as const;

t.test('a media session that was closed is forgotten', async (t) => {
  const closed: string[] = [];
  const session = (call: string): MediaSession => ({
    offer: () => undefined,
    remoteDescription: () => undefined,
    remoteCandidate: () => undefined,
    close: () => closed.push(call),
  });
  const media: MediaHost = {
    pid: null,
    open: (_device, call) => session(call),
    impair: async () => ({ faults: [], overflowed: 0 }),
    impairmentCounters: async () => ({ faults: [], overflowed: 0 }),
    onFault: () => undefined,
    stop: async () => undefined,
  };
  const kind: DeviceKind<never, DeviceEffect> = {
    machine: {
      ...IDLE,
      handle: (input: DeviceInput) =>
        input.type === 'act' ? [{ type: 'media', call: input.callee ?? '', do: input.verb === 'call' ? 'open' : 'close' }] : [],
    },
    connect: () => ({
      send: () => undefined,
      end: () => undefined,
      isOpen: () => false,
      listen: () => undefined,
      mute: () => undefined,
    }),
    read: () => {
      throw new Error('nothing is read');
    },
    perform: (effect, cause, at) => shell.perform(effect, cause, at),
  };
  const shell = startShell<never, DeviceEffect>(
    {
      address: ADDRESS,
      clock: { now: () => 0, wall: () => 0 },
      bus: new Bus({ startedAt: 0, wall: 0 }),
      media,
      changed: () => undefined,
    },
    kind,
  );
  shell.device.act('call', { callee: 'c-1' });
  shell.device.act('hang up', { callee: 'c-1' });
  shell.device.act('call', { callee: 'c-2' });
  t.strictSame(closed, ['c-1']);
  shell.device.act('hang up', { callee: 'c-1' });
  t.strictSame(closed, ['c-1'], 'the first call has no session any more');
  shell.device.stop();
  t.strictSame(closed, ['c-1', 'c-2'], 'the end of the device closes what is open, and nothing else');
});

/** A device that opens a connection when it comes back and ends it when it goes offline; the test plays the other end. */
function connecting(t: { teardown(end: () => unknown): void }) {
  const events: LiveEvent[] = [];
  const bus = new Bus({ startedAt: 0, wall: 0 });
  const sinks: TransportSink[] = [];
  const closedConns: number[] = [];
  let heard: () => void = () => undefined;
  let conn = 0;
  bus.subscribe((event) => {
    events.push(event);
    heard();
  });
  const kind: DeviceKind<never, DeviceEffect> = {
    machine: {
      ...IDLE,
      handle(input: DeviceInput): DeviceEffect[] {
        if (input.type === 'closed') closedConns.push(input.conn);
        if (input.type !== 'act') return [];
        if (input.verb === 'come back') return [{ type: 'connect', conn: ++conn }];
        return [{ type: 'disconnect', conn, how: 'close' }];
      },
    },
    connect(sink) {
      let isOpen = false;
      const end = (code: number): void => {
        isOpen = false;
        sink.closed(code, '', null);
      };
      sinks.push({
        ...sink,
        opened: () => {
          isOpen = true;
          sink.opened();
        },
      });
      return {
        send: () => undefined,
        end: (how, code = 1000) => end(how === 'close' ? code : 1006),
        isOpen: () => isOpen,
        listen: () => undefined,
        mute: () => undefined,
      };
    },
    read: () => {
      throw new Error('nothing is read');
    },
    perform: (effect, cause, at) => shell.perform(effect, cause, at),
  };
  const clock = { now: () => 0, wall: () => 0 };
  const shell = startShell<never, DeviceEffect>({ address: ADDRESS, clock, bus, media: null, changed: () => undefined }, kind);
  t.teardown(() => shell.device.stop());
  const conns = () =>
    events.flatMap((event) =>
      event.type === 'conn' ? [[event.conn, event.state, event.code, event.error, event.by] as const] : [],
    );
  /** Resolves when that many events of connections are there. */
  const until = (count: number): Promise<void> =>
    new Promise((resolve) => {
      heard = () => {
        if (conns().length >= count) resolve();
      };
      heard();
    });
  const disturb = (...acts: readonly LinkAct[]) =>
    shell.device.disturb({ acts, undo: [] }, { hit: () => undefined, over: () => undefined });
  return { shell, events, sinks, conns, until, disturb, closedConns };
}

t.test('a connection that opened is closed, one that never did is refused, with whoever ended it', async (t) => {
  const { shell, events, sinks, conns, closedConns } = connecting(t);
  shell.device.act('come back');
  sinks[0]?.closed(1006, '', 'ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:1');
  shell.device.act('come back');
  sinks[1]?.opened();
  sinks[1]?.closed(4401, 'the token is not valid', null);
  shell.device.act('come back');
  sinks[2]?.opened();
  sinks[2]?.closed(1006, '', null);
  shell.device.act('come back');
  sinks[3]?.opened();
  shell.device.act('go offline');
  shell.device.act('come back');
  shell.device.act('go offline');
  t.strictSame(conns(), [
    [1, 'refused', 1006, 'ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:1', null],
    [2, 'opened', null, null, null],
    [2, 'closed', 4401, null, 'peer'],
    [3, 'opened', null, null, null],
    [3, 'closed', 1006, null, null],
    [4, 'opened', null, null, null],
    [4, 'closed', 1000, null, 'self'],
    [5, 'refused', 1000, null, 'self'],
  ]);
  t.match(
    events.find((event) => event.type === 'conn' && event.by === 'peer'),
    {
      node: 'alice/phone',
      link: LINK,
      reason: 'the token is not valid',
    },
  );
  t.strictSame(closedConns, [1, 2, 3, 4, 5], 'the machine hears of each end');
});

t.test('a connection that a fault of the link ended or let not through says so', async (t) => {
  const { shell, sinks, conns, until, disturb } = connecting(t);
  shell.device.act('come back');
  sinks[0]?.opened();
  disturb({ do: 'break', how: 'close', code: 4321, reason: '' });
  shell.device.act('come back');
  sinks[1]?.opened();
  disturb({ do: 'break', how: 'reset' });
  shell.device.act('come back');
  sinks[2]?.opened();
  disturb({ do: 'abandon' });
  await until(6);
  const refusing = disturb({ do: 'refuse' }, { do: 'stay' });
  shell.device.act('come back');
  await until(7);
  refusing.heal();
  t.strictSame(conns(), [
    [1, 'opened', null, null, null],
    [1, 'closed', 4321, null, 'fault'],
    [2, 'opened', null, null, null],
    [2, 'closed', 1006, null, 'fault'],
    [3, 'opened', null, null, null],
    [3, 'closed', 1006, 'ENETDOWN: the network of the device is gone', 'fault'],
    [4, 'refused', 1006, 'EHOSTUNREACH: the link is cut', 'fault'],
  ]);
});

t.test('a device that gives up a connection which a fault has made a black hole of ends it itself', async (t) => {
  const { shell, sinks, conns, until, disturb } = connecting(t);
  shell.device.act('come back');
  sinks[0]?.opened();
  disturb({ do: 'swallow', stream: 'both' }, { do: 'stay' });
  shell.device.act('go offline');
  await until(2);
  t.match(conns().at(-1), [1, 'closed', 1006, /^ENETDOWN/, 'self']);
});
