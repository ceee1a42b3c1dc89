/** Applies faults of a device's process: a pause, or a crash and restart. */
import { numberOf } from '../../../faults/fault.js';
import { addressOf } from '../../../protocol/address.js';
import { type Injector, once } from './injector.js';

/** The media of a paused device. */
const SILENCE = { fault: 'blackout', direction: 'both', values: { blackout: 'on' } } as const;

export const injectProcess: Injector = (context, { fault, report, id }) => {
  const [part] = fault.parts;
  if (part === undefined || fault.target.on !== 'agent') throw new Error('not a fault of a process');
  const device = context.device(fault.target.device);
  const node = addressOf(device.address);
  const ms = numberOf(part.values, part.name);
  const [begin, end, began, ended] =
    part.name === 'pause'
      ? ([() => device.pause(true), () => device.pause(false), 'is paused', 'resumes'] as const)
      : ([
          () => device.die(part.name === 'crash' ? 'crash' : 'close'),
          () => device.act('open'),
          part.name === 'crash' ? 'died' : 'was closed',
          'was restarted',
        ] as const);
  report.hit(`${node} ${began}`);
  begin();
  // A paused process sends and receives nothing, including its media, which runs in a separate process here.
  const silence = part.name === 'pause' ? context.mediaFaults.add(node, [{ ...SILENCE, id }]) : null;
  const heal = once(() => {
    clearTimeout(timer);
    void silence?.end();
    report.over(`${node} ${ended}`);
    end();
  });
  const timer = setTimeout(heal, ms);
  return { heal, isBounded: true, stop: () => clearTimeout(timer) };
};
