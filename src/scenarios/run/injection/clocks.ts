/** Applies faults of a device's clocks. */
import { numberOf } from '../../../faults/fault.js';
import { addressOf } from '../../../protocol/address.js';
import { type Injector, once } from './injector.js';

export const injectClock: Injector = (context, { fault, report }) => {
  const [part] = fault.parts;
  if (part === undefined || fault.target.on !== 'clock') throw new Error('not a fault of a clock');
  const device = context.device(fault.target.device);
  const node = addressOf(device.address);
  const by = numberOf(part.values, part.name);
  const shift = (amount: number): void => {
    if (part.name === 'jump') device.clock.jump(amount);
    else device.clock.skew(amount);
  };
  shift(by);
  report.hit(
    part.name === 'jump' ? `the wall clock of ${node} jumped by ${by} ms` : `the clocks of ${node} are off by ${by} ppm`,
  );
  return {
    isBounded: false,
    heal: once(() => {
      shift(-by);
      report.over(`the clocks of ${node} are correct again`);
    }),
  };
};
