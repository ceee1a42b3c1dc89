/** The first event of a trace: scenario, target, and how to run it again. */
import type { ForeignSettings } from '../../probe/targets/target.js';
import { addressOf } from '../../protocol/address.js';
import { type AdapterNote, type RunBegin, TRACE_SCHEMA } from '../../trace/event.js';
import { devicesOf } from '../language/plan.js';
import { limitsInForce } from './limits/codes.js';
import type { RepetitionOptions } from './repetition-io.js';

/** The first event of a repetition. */
export function runBegin(options: RepetitionOptions): RunBegin {
  const { scenario, target, seed, repetition, defects, versions, replay } = options;
  return {
    type: 'run',
    phase: 'begin',
    schema: TRACE_SCHEMA,
    scenario: scenario.name,
    file: scenario.file,
    seed,
    repetition,
    target: target.name,
    defects,
    devices: devicesOf(scenario).map(addressOf),
    roles: { server: 'server', probe: 'probe' },
    versions,
    replay,
    serverVisible: target.capabilities.has('server-trace'),
    media: scenario.media,
    ...(target.foreign === undefined ? {} : { adapter: noteOf(target.foreign, options.ignoreLimits === true) }),
    redacted: false,
    ...(Object.keys(scenario.checks).length === 0 ? {} : { checks: { ...scenario.checks } }),
  };
}

function noteOf(foreign: ForeignSettings, ignoreLimits: boolean): AdapterNote {
  const { name, traits } = foreign.adapter;
  return { name, relaysAsIs: traits.media?.relay === 'as-is', limits: limitsInForce(foreign, ignoreLimits) };
}
