/** Durations and shares: `250ms`, `1.5s`, `2m`, `1h`; `20%`. */
import { LANGUAGE_LIMITS } from './limits.js';
import { quote } from './problem.js';

/** A parsed value, or the problem of the text and a hint. */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string; readonly hint: string };

export const DURATION_UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** The pattern of a duration, also for the JSON Schema. */
export const DURATION_PATTERN = '^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$';
export const PERCENT_PATTERN = '^[0-9]+(\\.[0-9]+)?%$';

const UNITS_HINT = 'a duration has a unit: 250ms, 2s, 1.5s, 2m or 1h';
const LONG_UNITS: Readonly<Record<string, keyof typeof DURATION_UNITS>> = {
  millisecond: 'ms',
  milliseconds: 'ms',
  msec: 'ms',
  sec: 's',
  secs: 's',
  second: 's',
  seconds: 's',
  min: 'm',
  mins: 'm',
  minute: 'm',
  minutes: 'm',
  hour: 'h',
  hours: 'h',
};

/** Reads a duration into milliseconds (to the microsecond), between `msMin` and `msMax`. Never throws. */
export function parseDuration(text: unknown, msMin = 0, msMax: number = LANGUAGE_LIMITS.durationMsMax): Read<number> {
  if (typeof text === 'number' || (typeof text === 'string' && /^-?[0-9.]+$/.test(text))) {
    const value = String(text);
    if (value.startsWith('-')) return refuse(`${quote(value)} is negative`, UNITS_HINT);
    return refuse(`${quote(value)} has no unit`, `did you mean ${quote(`${value}s`)} or ${quote(`${value}ms`)}?`);
  }
  if (typeof text !== 'string') return refuse('not a duration', UNITS_HINT);
  const match = /^([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)$/.exec(text.length <= 40 ? text : '');
  if (match === null) return refuse(`${quote(text)} is not a duration`, hintFor(text));
  const unit = DURATION_UNITS[match[2] as keyof typeof DURATION_UNITS];
  const ms = Math.round(Number(match[1]) * unit * 1_000) / 1_000;
  if (ms < msMin) return refuse(`${quote(text)} is too short`, `at least ${formatDuration(msMin)}`);
  if (ms > msMax) return refuse(`${quote(text)} is too long`, `at most ${formatDuration(msMax)}`);
  return { ok: true, value: ms };
}

function hintFor(text: string): string {
  if (text.length > 40) return UNITS_HINT;
  if (/^\s*-/.test(text)) return 'a duration cannot be negative';
  const loose = /^\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z]+)\s*$/i.exec(text);
  const unit = loose?.[2]?.toLowerCase();
  if (loose !== null && unit !== undefined) {
    const short = Object.hasOwn(DURATION_UNITS, unit) ? unit : Object.hasOwn(LONG_UNITS, unit) ? LONG_UNITS[unit] : undefined;
    if (short !== undefined) return `did you mean ${quote(`${loose[1]}${short}`)}?`;
  }
  const parts = [...text.matchAll(/([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h)/g)];
  if (parts.length > 1) {
    const ms = parts.reduce((sum, part) => sum + Number(part[1]) * DURATION_UNITS[part[2] as keyof typeof DURATION_UNITS], 0);
    return `one number and one unit: did you mean ${quote(ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`)}?`;
  }
  return UNITS_HINT;
}

/** Milliseconds as the shortest equal text: 90000 -> `90s`, 120000 -> `2m`. */
export function formatDuration(ms: number): string {
  if (ms >= 3_600_000 && ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  if (ms >= 60_000 && ms % 60_000 === 0) return `${ms / 60_000}m`;
  if (ms >= 1_000 && ms % 100 === 0) return `${ms / 1_000}s`;
  return `${ms}ms`;
}

/** Reads `20%` into the share 0.2. Never throws. */
export function parsePercent(text: unknown): Read<number> {
  if (typeof text === 'number' || (typeof text === 'string' && /^[0-9.]+$/.test(text))) {
    const share = Number(text);
    const meant = share > 0 && share < 1 ? Math.round(share * 1e6) / 1e4 : share;
    return refuse(`${quote(String(text))} has no unit`, `did you mean ${quote(`${meant}%`)}?`);
  }
  if (typeof text !== 'string' || text.length > 40 || !new RegExp(PERCENT_PATTERN).test(text)) {
    return refuse(typeof text === 'string' ? `${quote(text)} is not a share` : 'not a share', 'write a percentage such as 20%');
  }
  const percent = Number(text.slice(0, -1));
  if (percent > 100) return refuse(`${quote(text)} is too much`, 'at most 100%');
  return { ok: true, value: percent / 100 };
}

function refuse(message: string, hint: string): { readonly ok: false; readonly message: string; readonly hint: string } {
  return { ok: false, message, hint };
}
