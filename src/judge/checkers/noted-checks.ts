/** The limits of a scenario as its trace states them: validated, since a trace may come from anywhere. */
import type { History } from '../history/history.js';
import type { CheckOptions } from './checker.js';

type Numbers = Readonly<Record<string, number>>;

/** The limits in the first event of a trace; what is no limit there is ignored. */
export function notedChecks({ begin }: Pick<History, 'begin'>): CheckOptions {
  const noted = begin?.checks;
  if (noted === undefined) return {};
  const skew = numbersIn(noted['timer-skew'])['max'];
  const latency = tableIn(noted['latency']);
  const media = tableIn(noted['media']);
  return {
    ...(skew === undefined ? {} : { 'timer-skew': { max: skew } }),
    ...(latency === null ? {} : { latency }),
    ...(media === null ? {} : { media: mediaLimits(media) }),
  };
}

function mediaLimits(table: Readonly<Record<string, Numbers>>): NonNullable<CheckOptions['media']> {
  const limit = (name: string): { max: number } | undefined => {
    const max = table[name]?.['max'];
    return max === undefined ? undefined : { max };
  };
  const [loss, jitter, delay] = [limit('loss'), limit('jitter'), limit('delay')];
  return { ...(loss && { loss }), ...(jitter && { jitter }), ...(delay && { delay }) };
}

function tableIn(value: unknown): Record<string, Numbers> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return Object.fromEntries(Object.entries(value).map(([name, limits]) => [name, numbersIn(limits)]));
}

function numbersIn(value: unknown): Numbers {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([, number]) => typeof number === 'number' && Number.isFinite(number)));
}
