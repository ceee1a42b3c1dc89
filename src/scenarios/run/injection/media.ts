/** Applies faults of a device's media, in the relay that its packets pass. */
import { type FaultCounters, tookEffect } from '../../../faults/media/impairment.js';
import { addressOf } from '../../../protocol/address.js';
import type { Injector } from './injector.js';

/** Interval of checks whether a fault has taken effect, in milliseconds. */
const LOOK_MS = 100;

export const injectMedia: Injector = (context, { fault, report, id }) => {
  if (fault.target.on !== 'media') throw new Error('not a fault of media');
  const device = addressOf(fault.target.device);
  const link = `${device}.media`;
  const direction = fault.stream;
  const work = context.mediaFaults.add(
    device,
    fault.parts.map(({ name, values }) => ({ id: `${id} ${name}`, fault: name, direction, values })),
  );
  let isOver = false;
  const reported = new Set<string>();
  const look = (counters: readonly FaultCounters[]): void => {
    for (const one of counters.filter(tookEffect)) {
      const what = `${one.fault} took effect ${one.direction}`;
      if (reported.has(what)) continue;
      reported.add(what);
      report.hit(`${link}: ${what}`);
    }
  };
  const looker = setInterval(() => void work.counters().then((counters) => isOver || look(counters)), LOOK_MS);
  looker.unref();
  return {
    isBounded: false,
    heal() {
      if (isOver) return;
      isOver = true;
      clearInterval(looker);
      void work.end().then((counters) => {
        look(counters);
        report.over(`${link} passes packets unchanged`);
        const counts = counters.map(({ fault: name, direction, counters: did }) => [`${name} ${direction}`, moved(did)]);
        report.note('counters of the media faults', Object.fromEntries(counts));
      });
    },
    stop: () => clearInterval(looker),
  };
};

/** The counters that are not zero. */
function moved(counters: FaultCounters['counters']): Record<string, number> {
  return Object.fromEntries(Object.entries(counters).filter(([, count]) => count > 0));
}
