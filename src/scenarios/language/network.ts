/** The links of agents from the start: `network:` of a scenario, by profile or fault by fault. */
import { PROFILES, type Profile } from '../../faults/profiles.js';
import type { Address } from '../../protocol/address.js';
import { namedUser } from './cast.js';
import { type StepContext, sentence, unknownKeys } from './context.js';
import { resolveFault } from './fault-step.js';
import { PLANES, type Plane } from './fault-words.js';
import type { FaultStep } from './plan.js';
import { type Path, quote } from './problem.js';
import { inLine, isPlainMap, kindOf, type PlainMap } from './tree.js';
import { didYouMean } from './words.js';

const HINT = 'write a profile such as 4g, or { signaling: { latency: 120ms }, media: { loss: 10% } }';

/** Resolves `network` into faults. Problems are reported. */
export function resolveNetwork(context: StepContext, value: unknown): FaultStep[] {
  const { report, cast } = context;
  if (!isPlainMap(value)) {
    report(
      ['network'],
      'value',
      `"network" is a map of agents and their links, not ${kindOf(value)}`,
      `write network: { alice: 4g }`,
    );
    return [];
  }
  return Object.entries(value).flatMap(([name, links]) => {
    const at = ['network', name];
    const agent = cast === null ? null : namedUser(cast, name, at, report, 'key');
    if (agent === null || cast === null) return [];
    const devices = agent.device === null ? (cast.devices.get(agent.user) ?? []) : [agent.device];
    const planes = planesOf(context, links, at);
    return devices.flatMap((device) => planes.flatMap((plane) => faultsOf(context, { user: agent.user, device }, plane)));
  });
}

/** The faults of one plane, with their path. */
interface PlaneFaults {
  readonly plane: Plane;
  readonly at: Path;
  readonly faults: readonly PlainMap[];
}

function planesOf(context: StepContext, links: unknown, at: Path): PlaneFaults[] {
  const { report } = context;
  if (typeof links === 'string') {
    const profile = profileNamed(context, links, at);
    return profile === null ? [] : PLANES.flatMap((plane) => ofProfile(context, profile, plane, at));
  }
  if (!isPlainMap(links)) {
    report(at, 'value', `must be a profile or a map, not ${kindOf(links)}`, HINT);
    return [];
  }
  unknownKeys(links, ['profile', ...PLANES], at, report);
  if (Object.keys(links).length === 0) report(at, 'value', 'this network is empty', HINT);
  const profile = 'profile' in links ? profileNamed(context, links['profile'], [...at, 'profile']) : null;
  return PLANES.flatMap((plane): PlaneFaults[] => {
    const own = links[plane];
    if (!(plane in links)) return profile === null ? [] : ofProfile(context, profile, plane, at);
    if (isPlainMap(own)) return [{ plane, at: [...at, plane], faults: [own] }];
    report([...at, plane], 'value', `must be a map of faults, not ${kindOf(own)}`, HINT);
    return [];
  });
}

function profileNamed({ report }: StepContext, name: unknown, at: Path): Profile | null {
  const profile = PROFILES.find((known) => known.name === name);
  if (profile !== undefined) return profile;
  const known = PROFILES.map((one) => one.name);
  if (typeof name === 'string') report(at, 'value', `unknown network ${quote(name)}`, didYouMean(name, known));
  else report(at, 'value', `a profile is text, not ${kindOf(name)}`, `one of: ${known.join(', ')}`);
  return null;
}

/** The faults of a profile on a plane; a scenario without media needs no media faults. */
function ofProfile({ media }: StepContext, profile: Profile, plane: Plane, at: Path): PlaneFaults[] {
  return plane === 'media' && media === 'none' ? [] : [{ plane, at, faults: profile[plane] }];
}

function faultsOf(context: StepContext, { user, device }: Address, { plane, at, faults }: PlaneFaults): FaultStep[] {
  return faults.flatMap((fault) => {
    const step = resolveFault(context, { link: `${user}.${device}.${plane}`, ...fault }, at, at);
    if (step === null) return [];
    const said = Object.entries(fault)
      .map(([key, part]) => `${key} ${inLine(part)}`)
      .join(', ');
    return [{ ...step, ...sentence(at, `network of ${user}/${device}: ${plane} ${said}`) }];
  });
}
