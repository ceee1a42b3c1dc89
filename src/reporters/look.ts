/** Colours and symbols of a way out: its own chalk, and plain ASCII where the reader has no more. */
import { Chalk, type ChalkInstance } from 'chalk';
import type { Status } from '../scenarios/run/result.js';
import type { Out } from './reporter.js';
import { wrap } from './width.js';

export interface Look {
  readonly paint: ChalkInstance;
  readonly passed: string;
  readonly failed: string;
  readonly unknown: string;
  readonly skipped: string;
  readonly ellipsis: string;
  readonly rule: string;
  readonly times: string;
  readonly to: string;
}

/** How this way out looks. Each symbol is one column wide. */
export function lookOf(out: Pick<Out, 'colors' | 'unicode'>): Look {
  const paint = new Chalk({ level: out.colors });
  return out.unicode === false
    ? { paint, passed: '+', failed: 'x', unknown: '?', skipped: '-', ellipsis: '~', rule: '-', times: 'x', to: '>' }
    : { paint, passed: '✓', failed: '✗', unknown: '?', skipped: '-', ellipsis: '…', rule: '─', times: '×', to: '→' };
}

/** The colour of a status: red and yellow are kept for what needs a look. */
export function statusPaint(look: Look, status: Status): ChalkInstance {
  switch (status) {
    case 'passed':
      return look.paint.green;
    case 'failed':
      return look.paint.red;
    case 'unknown':
      return look.paint.yellow;
    case 'skipped':
      return look.paint.dim;
  }
}

/** A label in its own column and a text beside it, wrapped under itself: `    expected  both connected`. */
export function labelled(label: string, lines: readonly string[], indent: number, columns: number, look: Look): string[] {
  const labelWidth = 10;
  const width = Math.max(20, columns - indent - labelWidth);
  return lines
    .flatMap((line) => wrap(line, width))
    .map((line, index) => `${' '.repeat(indent)}${look.paint.dim((index === 0 ? label : '').padEnd(labelWidth))}${line}`);
}
