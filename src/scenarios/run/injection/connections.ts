/** Applies faults of a device's signaling connection. */

import { scriptMs } from '../../../faults/connection/connection-fault.js';
import { CONNECTION_FAULTS } from '../../../faults/connection/index.js';
import { addressOf } from '../../../protocol/address.js';
import type { Injector } from './injector.js';

export const injectConnection: Injector = (context, { fault, report }) => {
  const [part] = fault.parts;
  const kind = CONNECTION_FAULTS.find(({ name }) => name === part?.name);
  if (kind === undefined || part === undefined || fault.target.on !== 'signaling') throw new Error('not a fault of a connection');
  const link = `${addressOf(fault.target.device)}.signaling`;
  const script = kind.script(part.values, fault.stream);
  const run = context.device(fault.target.device).disturb(script, {
    hit: (what) => report.hit(`${link}: ${what}`),
    over: () => report.over(`${link} works again`),
  });
  return { heal: run.heal, isBounded: scriptMs(script) !== null };
};
