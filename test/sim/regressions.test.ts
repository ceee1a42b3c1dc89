/** Schedules on which the simulator once found a fault of the machines, written out so that they outlive how schedules are drawn. */
import t from 'tap';
import { WAITS } from '../../src/protocol/limits.js';
import { createRng } from '../../src/protocol/rng.js';
import { runPlan } from '../../src/sim/run.js';
import type { Step } from '../../src/sim/schedule.js';
import { drawSwarm } from '../../src/sim/swarm.js';

const device = (user: string, name: string) => ({ name: `${user}/${name}`, user, device: name, delayMs: 20, skewMs: 0 });

t.test(
  'an invitation that its user gave up on does not become a second call when the server has forgotten the first',
  async (t) => {
    const steps: Step[] = [
      { at: 2_000, do: 'cut', device: 'bob/laptop', how: 'down' },
      { at: 3_000, do: 'act', device: 'bob/laptop', verb: 'call', callee: 'erin' },
      { at: 15_000, do: 'act', device: 'bob/laptop', verb: 'go offline', callee: null },
      { at: 60_000, do: 'act', device: 'bob/laptop', verb: 'come back', callee: null },
    ];
    const outcome = runPlan({
      seed: 'stale-invitation',
      swarm: {
        ...drawSwarm(createRng('stale-invitation')),
        devices: [device('bob', 'laptop'), device('erin', 'phone')],
        waits: { ...WAITS, inviteMs: 500, ringMs: 1_000, graceMs: 500, endedMs: 20_000 },
      },
      steps,
    });
    t.equal(outcome.violation, null);
    t.equal(outcome.calls, 3, 'the invitation and the two calls at the end');
  },
);
