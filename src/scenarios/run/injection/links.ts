/** Applies faults of a link below its connections, in the proxy in front of the device. */
import type { ToxicCount } from '../../../probe/proxy/proxy.js';
import { addressOf } from '../../../protocol/address.js';
import { type Injector, once } from './injector.js';

export const injectLink: Injector = (context, { fault, report }) => {
  if (fault.target.on !== 'signaling') throw new Error('not a fault of a signaling link');
  const { device } = fault.target;
  const link = `${addressOf(device)}.signaling`;
  const seen = new Set<string>();
  const take = context.proxies.add(device, fault, ({ fault: name, stream, connection }) => {
    const key = `${name} ${stream}`;
    if (seen.has(key)) return;
    seen.add(key);
    report.hit(`${link}: ${name} took effect ${stream} on TCP connection ${connection}`);
  });
  return {
    isBounded: false,
    heal: once(() => {
      const counts = take();
      report.over(`${link} passes bytes unchanged`);
      report.note('counters of the link faults', countsOf(counts));
    }),
  };
};

function countsOf(counts: readonly ToxicCount[]): Record<string, unknown> {
  return Object.fromEntries(
    counts.map(({ fault, stream, hits: bit, bytes, stalls, resets, closes }) => [
      `${fault} ${stream}`,
      { bit, bytes, stalls, resets, closes },
    ]),
  );
}
