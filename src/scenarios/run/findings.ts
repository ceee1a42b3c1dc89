/** The distinct findings of a run: what failed in many scenarios, once for each bug, with the shortest scenario that shows it. Pure. */
import { certaintyOf } from '../../judge/causes/certainty.js';
import type { CheckEntry, Diagnosis, HopRole, RepetitionResult, RunFinding, ScenarioResult } from './result.js';

/** Open alternatives of one finding. */
const ALTERNATIVES_MAX = 3;
/** The share of the first cause's confidence from which on another cause is still open. */
const OPEN_SHARE = 0.6;
const CERTAINTIES = ['certain', 'likely', 'possible'] as const;

/** One scenario that shows something, before the scenarios that show the same are put together. */
interface Sighting {
  readonly key: string;
  readonly result: ScenarioResult;
  /** Null where no cause was found; `check` is then what failed. */
  readonly diagnosis: Diagnosis | null;
  readonly check: CheckEntry | null;
  /** Only the redial shows it. */
  readonly isRedial: boolean;
  /** The scenario itself failed as well, so that this may be a consequence: it counts where another scenario shows the same. */
  readonly isSecondary: boolean;
  /** Repetitions that show it. */
  readonly repetitions: number;
  readonly alternatives: RunFinding['alternatives'];
}

/**
 * The findings of these results. Causes with the same code, title and role of the hop are one finding, whoever it happened to. What
 * only a redial shows is a finding of its own where nothing else shows it.
 */
export function findingsOf(results: readonly ScenarioResult[]): readonly RunFinding[] {
  const seen = results.filter(({ status }) => status === 'failed').flatMap(sightingsOf);
  const groups = new Map<string, Sighting[]>();
  for (const sighting of seen) groups.set(sighting.key, [...(groups.get(sighting.key) ?? []), sighting]);
  const distinct = [...groups.values()].filter((group) => group.some(({ isSecondary }) => !isSecondary));
  return distinct.map(findingOf).sort((a, b) => weight(b) - weight(a) || b.others.length - a.others.length);
}

/** What makes two findings the same, within a run and between two runs. */
export function findingKey({ code, title, role }: Pick<RunFinding, 'code' | 'title' | 'role'>): string {
  return JSON.stringify([code, role === null ? masked(title) : title, role]);
}

/** The role of a hop: a server or proxy, a device, a link between them, or the probe. */
export function roleOf(hop: string): HopRole {
  if (hop === 'probe') return 'probe';
  if (/\.(?:signaling|media|ws|http)$|->/.test(hop)) return 'link';
  return hop.includes('/') ? 'device' : 'server';
}

/** Names of devices, values of users, numbers and ids differ from scenario to scenario. */
function masked(title: string): string {
  return title
    .replace(/[^\s=,;:()]+\/[^\s=,;:()]+/g, '#')
    .replace(/[^\s=,;:()]+(?==[a-z])/g, '#')
    .replace(/[0-9a-f]*\d[0-9a-f.-]*/gi, '#');
}

/** What a failed scenario shows: once for each cause that comes first in one of its repetitions. */
function sightingsOf(result: ScenarioResult): Sighting[] {
  const failed = result.repetitions.filter(({ status }) => status === 'failed');
  // Causes that no repetition claims are the scenario's.
  if (result.diagnoses.length > 0 && failed.every(({ diagnoses }) => diagnoses.length === 0)) return partsOf(result, undefined);
  const found = new Map<string, Sighting>();
  for (const repetition of failed) {
    const parts = partsOf(result, repetition);
    for (const key of new Set(parts.map((part) => part.key))) {
      const [first] = parts.filter((part) => part.key === key);
      const before = found.get(key);
      const kept = before === undefined || (before.isRedial && first?.isRedial === false) ? first : before;
      if (kept !== undefined) found.set(key, { ...kept, repetitions: (before?.repetitions ?? 0) + 1 });
    }
  }
  const all = [...found.values()];
  const explained = all.filter(({ diagnosis, isSecondary }) => diagnosis !== null && !isSecondary);
  // Repetitions without a cause of their own add nothing where others have one.
  const kept = explained.length > 0 ? all.filter(({ diagnosis }) => diagnosis !== null) : all;
  return kept.length > 0 ? kept : partsOf(result, undefined);
}

/** A repetition's own failure, and that of its redial. */
function partsOf(result: ScenarioResult, repetition: RepetitionResult | undefined): Sighting[] {
  const all =
    repetition === undefined ? result.diagnoses : repetition.diagnoses.flatMap((index) => result.diagnoses[index] ?? []);
  const diagnoses = all.filter(({ confidence }) => confidence > 0);
  const failed = result.checks.filter(
    (check) => check.valid === false && (repetition === undefined || check.repetition === repetition.repetition),
  );
  const ofPhase = <T extends { readonly redial?: true }>(all: readonly T[], isRedial: boolean): T[] =>
    all.filter(({ redial }) => (redial === true) === isRedial);
  const [own, again] = [ofPhase(failed, false), ofPhase(failed, true)];
  const ofRedial = ofPhase(diagnoses, true);
  const isRedialOnly = own.length === 0 && again.length > 0;
  if (isRedialOnly)
    return [
      sightingOf(result, ofRedial.length > 0 ? ofRedial : diagnoses, again[0] ?? null, { isRedial: true, isSecondary: false }),
    ];
  const first = sightingOf(result, ofPhase(diagnoses, false), own[0] ?? null, { isRedial: false, isSecondary: false });
  if (again.length === 0) return [first];
  return [first, sightingOf(result, ofRedial, again[0] ?? null, { isRedial: true, isSecondary: true })];
}

function sightingOf(
  result: ScenarioResult,
  [first, ...others]: readonly Diagnosis[],
  check: CheckEntry | null,
  phase: Pick<Sighting, 'isRedial' | 'isSecondary'>,
): Sighting {
  const diagnosis = first ?? null;
  const common = { result, diagnosis, check, repetitions: 1, ...phase };
  if (diagnosis === null) {
    const { code, title } = checkClaim(result, check, phase.isRedial);
    return { ...common, key: findingKey({ code, title, role: null }), alternatives: [] };
  }
  const keyOf = ({ code, title, hop }: Diagnosis): string => findingKey({ code, title, role: roleOf(hop) });
  const key = keyOf(diagnosis);
  const isOpen = ({ confidence }: Diagnosis): boolean =>
    certaintyOf(diagnosis.confidence) !== 'certain' && confidence >= diagnosis.confidence * OPEN_SHARE;
  const open = others.filter((one, index) => {
    const own = keyOf(one);
    return isOpen(one) && own !== key && others.findIndex((other) => keyOf(other) === own) === index;
  });
  const alternatives = open.slice(0, ALTERNATIVES_MAX).map(({ code, hop, title, summary, confidence, ruledOutBy }) => {
    return { code, hop, title: title === '' ? summary : title, confidence, ruledOutBy };
  });
  return { ...common, key, alternatives };
}

const REDIAL_TITLE = 'The same pair cannot call again';

function checkClaim(result: ScenarioResult, check: CheckEntry | null, isRedial: boolean): { code: string; title: string } {
  if (check === null) return { code: 'unknown', title: result.why ?? 'A repetition failed' };
  const title = isRedial ? REDIAL_TITLE : (check.message.split('\n', 1)[0] ?? check.message);
  return { code: check.name, title };
}

/** Scenarios that show it by themselves come first, then those in which it is surest, then the shortest. */
function bySuitability(a: Sighting, b: Sighting): number {
  const certainty = ({ diagnosis }: Sighting): number =>
    diagnosis === null ? 0 : CERTAINTIES.indexOf(certaintyOf(diagnosis.confidence));
  const name = ({ result }: Sighting): string => result.file ?? result.name;
  return (
    Number(a.isRedial) - Number(b.isRedial) ||
    certainty(a) - certainty(b) ||
    a.result.steps - b.result.steps ||
    (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0)
  );
}

function findingOf(group: readonly Sighting[]): RunFinding {
  const shown = group.reduce((a, b) => (bySuitability(b, a) < 0 ? b : a));
  const { result, diagnosis, check, isRedial } = shown;
  const claim = diagnosis === null ? ofCheck(shown, check) : ofDiagnosis(diagnosis);
  return {
    ...claim,
    scenario: result.name,
    file: result.file,
    repetitions: shown.repetitions,
    isRedial,
    others: group.flatMap((one) => (one === shown ? [] : [one.result.name])),
    redials: group.filter((one) => one.isRedial).length,
    replay: result.replay,
    alternatives: shown.alternatives,
  };
}

type Claim = Pick<RunFinding, 'code' | 'title' | 'role' | 'hop' | 'confidence' | 'proof' | 'lookAt'>;

function ofDiagnosis({ code, title, hop, confidence, proof, summary, lookAt }: Diagnosis): Claim {
  return {
    code,
    title: title === '' ? summary : title,
    role: roleOf(hop),
    hop,
    confidence,
    proof: proof.length > 0 ? proof : title === '' ? [] : [summary],
    lookAt,
  };
}

function ofCheck({ result, isRedial }: Sighting, check: CheckEntry | null): Claim {
  const { code, title } = checkClaim(result, check, isRedial);
  const lines = check === null ? [] : check.message.split('\n').slice(isRedial ? 0 : 1);
  const compared = [
    ...(check?.expected == null ? [] : [`Expected: ${check.expected}.`]),
    ...(check?.actual == null ? [] : [`Seen: ${check.actual}.`]),
  ];
  return { code, title, role: null, hop: null, confidence: null, proof: [...lines, ...compared], lookAt: null };
}

/** Bugs with a cause come before checks without one, and what the scenarios themselves show before what only redials show. */
function weight({ hop, isRedial }: RunFinding): number {
  return (hop === null ? 0 : 2) + (isRedial ? 0 : 1);
}
