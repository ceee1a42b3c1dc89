/** Runs one repetition of a scenario: set-up, steps, quiesce, tear-down, redial; returns the trace. */

import { WRONG_MAPPING } from '../../probe/adapter/port.js';
import { watchLag } from '../../probe/runtime/lag.js';
import { Bus, type LiveBody } from '../../trace/bus.js';
import { Recorder } from '../../trace/recorder.js';
import type { RepetitionOptions, RepetitionOutcome } from './repetition-io.js';
import { runBegin } from './run-begin.js';
import { Stage } from './stage.js';
import { Watch } from './watch.js';

/** Runs the repetition. It always resolves with the trace so far, and rejects only for a bug of the probe. */
export async function runRepetition(options: RepetitionOptions): Promise<RepetitionOutcome> {
  const { clock, target, scenario } = options;
  const startedAt = clock.now();
  const bus = new Bus({ startedAt, wall: clock.wall() });
  const recorder = options.record === 'none' ? null : new Recorder();
  if (recorder !== null) bus.subscribe(recorder.take);
  const silence = options.onEvent === null ? null : bus.subscribe(options.onEvent);
  const watch = new Watch();
  bus.subscribe((event) => {
    // What a hostile agent has broken may arrive at others: that says nothing of the mapping.
    if (event.type !== 'violation' || event.code !== WRONG_MAPPING || scenario.hostile.length > 0) return;
    watch.abort({ status: 'probe-fault', message: `the mapping is wrong for this target: ${event.message}` });
  });
  const disposables = [watch.onAbort(options.signal, () => ({ status: 'interrupted', message: 'interrupted' }))];
  const timeout = setTimeout(
    () => watch.abort({ status: 'timeout', message: `not done after its timeout of ${scenario.timeoutMs} ms` }),
    scenario.timeoutMs,
  );
  const publish = (body: LiveBody): number => bus.publish('probe', clock.now(), null, body);
  publish(runBegin(options));
  const lag = watchLag(clock, (lateMs) => publish({ type: 'lag', lateMs }));
  const stage = new Stage(options, bus, watch, lag);
  disposables.push(watch.onAbort(options.fault, (reason) => ({ status: stage.faultStatus, message: String(reason) })));
  try {
    await stage.setUp();
    stage.begin();
    await stage.player.play(scenario.steps);
    await stage.quiesce();
    await stage.tearDown();
    await stage.redial();
    await stage.settle();
    await stage.monitor.idle();
  } catch (error) {
    const message = target.fault() ?? (error instanceof Error ? error.message : String(error));
    if (!stage.hasBegun) await stage.monitor.conclude(message);
    watch.abort({ status: stage.faultStatus, message });
  } finally {
    clearTimeout(timeout);
    for (const dispose of disposables) dispose();
    await stage.stop();
    lag.stop();
  }
  const end = watch.cut?.status ?? 'complete';
  const message = watch.cut?.message ?? null;
  publish({ type: 'run', phase: 'end', status: end, message });
  // A server that goes on says more, of connections that ended with the devices.
  silence?.();
  const { agents, hasBegun } = stage;
  return { trace: recorder?.finish() ?? [], end, message, hasBegun, durationMs: clock.now() - startedAt, agents };
}
