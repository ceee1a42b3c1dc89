/** Carries out faults of a device's process: it stands still, or dies and is started again. */
import { numberOf } from '../../faults/fault.js';
import { addressOf } from '../../protocol/address.js';
import type { Injector } from './injector.js';

export const injectProcess: Injector = (ground, { fault, told }) => {
  const [part] = fault.parts;
  if (part === undefined || fault.target.on !== 'agent') throw new Error('not a fault of a process');
  const device = ground.device(fault.target.device);
  const node = addressOf(device.address);
  const ms = numberOf(part.values, part.name);
  const [begin, end, began, ended] =
    part.name === 'pause'
      ? ([() => device.pause(true), () => device.pause(false), 'stands still', 'goes on'] as const)
      : ([
          () => device.die(part.name === 'crash' ? 'crash' : 'close'),
          () => device.act('open'),
          part.name === 'crash' ? 'died' : 'was closed',
          'was started again',
        ] as const);
  told.hit(`${node} ${began}`);
  begin();
  let isOver = false;
  const heal = (): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    told.over(`${node} ${ended}`);
    end();
  };
  const timer = setTimeout(heal, ms);
  return { heal, isBounded: true };
};
