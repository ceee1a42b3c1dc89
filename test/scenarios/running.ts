/** Scenarios that tests run for real: a call to begin with, and a run that keeps nothing. */
import type { RunReport } from '../../src/index.js';
import { parseScenario } from '../../src/scenarios/language/load.js';
import { type RunOptions, runScenarios } from '../../src/scenarios/run/run.js';
import { PATIENT } from './files.js';

/** A call that is accepted, and goes on. Its limits of time are far from what a busy machine needs. */
export const CALL = {
  name: 'a call',
  agents: { alice: {}, bob: {} },
  checks: PATIENT,
  steps: [
    { alice: 'call bob' },
    { expect: { both: 'ringing', within: '20s' } },
    { bob: 'accept' },
    { expect: { both: 'connected', within: '20s' } },
  ] as readonly object[],
};

/** A step that waits until media flows both ways. */
export const FLOWING = { expect: { media: 'flowing', between: ['alice', 'bob'], within: '20s' } };

/** Runs each scenario once, one after the other, against the bundled server. */
export function run(scenarios: readonly object[], options: Partial<RunOptions> = {}): Promise<RunReport> {
  return runScenarios(scenarios.map(parseScenario), {
    version: '0.0.0',
    target: 'bundled',
    defects: [],
    seed: 'test',
    workers: 1,
    repeat: null,
    retries: 0,
    bail: false,
    out: null,
    signal: new AbortController().signal,
    listener: {},
    replayFlags: '',
    ...options,
  });
}
