/** Applies faults of the server's process, which the target does for the probe. */
import { numberOf, textOf } from '../../../faults/fault.js';
import type { RestartSignal } from '../../../faults/server/restart-server.js';
import { type ActiveFault, type FaultContext, type FaultOccurrence, type Injector, once } from './injector.js';

export const injectServer: Injector = (context, occurrence) => {
  const name = occurrence.fault.parts[0]?.name;
  if (name === 'restart-server') return restart(context, occurrence);
  return name === 'pause-server' ? pause(context, occurrence) : slowHandler(context, occurrence);
};

function restart({ target }: FaultContext, { fault, report }: FaultOccurrence): ActiveFault {
  const signal = textOf(fault.parts[0]?.values ?? {}, 'with') as RestartSignal;
  const done = target
    .restart(signal, (former) =>
      report.hit(former === null ? 'the server is restarted' : `process ${former} of the server got ${signal}`),
    )
    .then(({ pid, formerPid, downMs }) => {
      report.over(`the server listens again after ${Math.round(downMs)} ms`);
      report.note('server restarted', { pid, formerPid, signal, downMs: Math.round(downMs) });
    });
  return { heal: () => undefined, isBounded: true, done };
}

function pause({ target }: FaultContext, { report }: FaultOccurrence): ActiveFault {
  const stopped = target.pause(true).then(() => report.hit('the server is paused'));
  return {
    isBounded: false,
    done: stopped,
    heal: once(() => {
      // Not before it is paused: the user's command may take a while.
      stopped
        .then(() => target.pause(false))
        .then(() => report.over('the server continues'))
        .catch(report.failed);
    }),
    // The next repetition has the same server, which must not stay paused.
    stop: () => void target.pause(false).catch(report.failed),
  };
}

function slowHandler({ target }: FaultContext, { fault, report }: FaultOccurrence): ActiveFault {
  const ms = numberOf(fault.parts[0]?.values ?? {}, 'delay');
  const slowed = target.slowHandler(ms).then(() => report.hit(`the server handles each frame after ${ms} ms`));
  return {
    isBounded: false,
    done: slowed,
    heal: once(() => {
      slowed
        .then(() => target.slowHandler(0))
        .then(() => report.over('the server handles frames at once again'))
        .catch(report.failed);
    }),
  };
}
