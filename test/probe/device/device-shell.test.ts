/** The shell of a device against a machine and a media host that the test plays. */
import t from 'tap';
import type { DeviceEffect, DeviceInput } from '../../../src/client/ports.js';
import { EMPTY_REPLICA, shownBy } from '../../../src/client/replica.js';
import { type DeviceKind, startShell } from '../../../src/probe/device/device-shell.js';
import type { MediaHost, MediaSession } from '../../../src/probe/runtime/ports.js';
import { Recorder } from '../../../src/trace/recorder.js';

const ADDRESS = { user: 'alice', device: 'phone' };

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
      handle: (input: DeviceInput) =>
        input.type === 'act' ? [{ type: 'media', call: input.callee ?? '', do: input.verb === 'call' ? 'open' : 'close' }] : [],
      deadline: () => null,
      shown: shownBy(EMPTY_REPLICA, ADDRESS),
      presence: 'offline',
      isQuiet: true,
      mediaState: () => 'idle',
      timer: () => null,
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
      recorder: new Recorder({ startedAt: 0, wall: 0 }),
      media,
      redact: (frame) => frame,
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
