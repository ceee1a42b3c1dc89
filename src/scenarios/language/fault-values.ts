/** Values of faults: `10KB/s`, `512B`, `100ppm`, `-90s`. */
import { parseDuration, type Read } from './duration.js';
import { quote } from './problem.js';

export const RATE_PATTERN = '^[0-9]+(\\.[0-9]+)?(B/s|KB/s|MB/s|bit/s|kbit/s|Mbit/s)$';
export const SIZE_PATTERN = '^[0-9]+(\\.[0-9]+)?(B|KB|MB)$';
export const SHIFT_PATTERN = '^[+-]?[0-9]+(\\.[0-9]+)?(ms|s|m|h)$';

const BYTES = { B: 1, KB: 1_000, MB: 1_000_000 } as const;
const BYTES_PER_SECOND = {
  'B/s': 1,
  'KB/s': 1_000,
  'MB/s': 1_000_000,
  'bit/s': 1 / 8,
  'kbit/s': 125,
  'Mbit/s': 125_000,
} as const;

/** Reads a rate into bytes per second; K and k stand for 1,000. Never throws. */
export function parseRate(text: string): Read<number> {
  const match = /^([0-9]+(?:\.[0-9]+)?)([A-Za-z]+\/s)$/.exec(text.slice(0, 40));
  const unit = match?.[2] ?? '';
  if (match === null || !Object.hasOwn(BYTES_PER_SECOND, unit)) {
    return refuse(`${quote(text)} is not a rate`, 'a rate has a unit: 10KB/s, 64kbit/s, 1Mbit/s');
  }
  const rate = Number(match[1]) * BYTES_PER_SECOND[unit as keyof typeof BYTES_PER_SECOND];
  return rate >= 1 ? { ok: true, value: rate } : refuse(`${quote(text)} is too low`, 'at least 1B/s');
}

/** Reads a size into whole bytes, between the bounds. Never throws. */
export function parseSize(text: string, bytesMin: number, bytesMax: number): Read<number> {
  const match = /^([0-9]+(?:\.[0-9]+)?)(B|KB|MB)$/.exec(text.slice(0, 40));
  if (match === null) return refuse(`${quote(text)} is not a size`, 'a size has a unit: 512B, 4KB, 1MB');
  const bytes = Math.round(Number(match[1]) * BYTES[match[2] as keyof typeof BYTES]);
  if (bytes < bytesMin) return refuse(`${quote(text)} is too small`, `at least ${bytesMin}B`);
  return bytes <= bytesMax ? { ok: true, value: bytes } : refuse(`${quote(text)} is too large`, `at most ${bytesMax}B`);
}

/** Reads a number with its unit, such as `100ppm`. Never throws. */
export function parseNumber(text: string, unit: string, min: number, max: number): Read<number> {
  const match = /^([+-]?[0-9]+(?:\.[0-9]+)?)(.*)$/.exec(text.slice(0, 40));
  if (match === null || match[2] !== unit)
    return refuse(`${quote(text)} is not valid here`, `write a number and ${unit}: 100${unit}`);
  const value = Number(match[1]);
  if (value < min) return refuse(`${quote(text)} is too small`, `at least ${min}${unit}`);
  return value <= max ? { ok: true, value } : refuse(`${quote(text)} is too large`, `at most ${max}${unit}`);
}

/** Reads a duration that may be negative, such as `-90s`. Never throws. */
export function parseShift(text: string, msMax: number): Read<number> {
  const isBack = text.startsWith('-');
  const read = parseDuration(text.replace(/^[+-]/, ''), 0, msMax);
  return read.ok ? { ok: true, value: isBack ? -read.value : read.value } : read;
}

function refuse(message: string, hint: string): { readonly ok: false; readonly message: string; readonly hint: string } {
  return { ok: false, message, hint };
}
