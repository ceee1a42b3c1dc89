/** Applies faults of a device's clocks. */
import { numberOf } from '../../../faults/fault.js';
import { addressOf } from '../../../protocol/address.js';
import { type Injector, once } from './injector.js';

export const injectClock: Injector = (ground, { fault, told }) => {
  const [part] = fault.parts;
  if (part === undefined || fault.target.on !== 'clock') throw new Error('not a fault of a clock');
  const device = ground.device(fault.target.device);
  const node = addressOf(device.address);
  const by = numberOf(part.values, part.name);
  const shift = (amount: number): void => {
    if (part.name === 'jump') device.clock.jump(amount);
    else device.clock.skew(amount);
  };
  shift(by);
  told.hit(part.name === 'jump' ? `the wall clock of ${node} jumped by ${by} ms` : `the clocks of ${node} are off by ${by} ppm`);
  return {
    isBounded: false,
    heal: once(() => {
      shift(-by);
      told.over(`the clocks of ${node} are correct again`);
    }),
  };
};
