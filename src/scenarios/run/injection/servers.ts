/** Applies faults of the server's process, which the target does for the probe. */
import { numberOf, textOf } from '../../../faults/fault.js';
import type { RestartSignal } from '../../../faults/server/restart-server.js';
import { type Beginning, type Ground, type Injector, once, type Work } from './injector.js';

export const injectServer: Injector = (ground, beginning) => {
  const name = beginning.fault.parts[0]?.name;
  if (name === 'restart-server') return restart(ground, beginning);
  return name === 'pause-server' ? pause(ground, beginning) : slowHandler(ground, beginning);
};

function restart({ target }: Ground, { fault, told }: Beginning): Work {
  const signal = textOf(fault.parts[0]?.values ?? {}, 'with') as RestartSignal;
  const done = target
    .restart(signal, (former) =>
      told.hit(former === null ? 'the server is restarted' : `process ${former} of the server got ${signal}`),
    )
    .then(({ pid, formerPid, downMs }) => {
      told.over(`the server listens again after ${Math.round(downMs)} ms`);
      told.note('server restarted', { pid, formerPid, signal, downMs: Math.round(downMs) });
    });
  return { heal: () => undefined, isBounded: true, done };
}

function pause({ target }: Ground, { told }: Beginning): Work {
  const stopped = target.pause(true).then(() => told.hit('the server is paused'));
  return {
    isBounded: false,
    done: stopped,
    heal: once(() => {
      // Not before it is paused: the user's command may take a while.
      stopped
        .then(() => target.pause(false))
        .then(() => told.over('the server continues'))
        .catch(told.failed);
    }),
    // The next repetition has the same server, which must not stay paused.
    stop: () => void target.pause(false).catch(told.failed),
  };
}

function slowHandler({ target }: Ground, { fault, told }: Beginning): Work {
  const ms = numberOf(fault.parts[0]?.values ?? {}, 'delay');
  const slowed = target.slowHandler(ms).then(() => told.hit(`the server handles each frame after ${ms} ms`));
  return {
    isBounded: false,
    done: slowed,
    heal: once(() => {
      slowed
        .then(() => target.slowHandler(0))
        .then(() => told.over('the server handles frames at once again'))
        .catch(told.failed);
    }),
  };
}
