/** Where a run stands while it runs: one line redrawn on a terminal, a line now and then anywhere else. */
import type { Status } from '../scenarios/run/result.js';
import { duration, printable } from './format.js';
import { type Look, statusPaint } from './look.js';
import type { Out, RepetitionDone, RunPlanned } from './reporter.js';
import { isolated, textWidth, truncate } from './width.js';

/** Shortest time between two drawings of the live line, and longest silence of a plain run. */
const REDRAW_MS = 100;
const SILENCE_MS = 10_000;
const CLEAR_LINE = '\r\u001b[2K';

export interface Progress {
  begin(plan: RunPlanned): void;
  repetition(done: RepetitionDone): void;
  scenario(result: {
    readonly name: string;
    readonly status: Status;
    readonly durationMs: number;
    readonly why: string | null;
  }): void;
  /** Lines that stay, above the live one. */
  say(lines: readonly string[]): void;
  /** What keeps the run from going on, in place of what runs. */
  wait(text: string): void;
  /** Takes the live line away. */
  end(): void;
}

/** Progress on this way out; it draws only when something happened, there is no timer. */
export function createProgress(out: Out, look: Look, now: () => number): Progress {
  let planned = 0;
  let ended = 0;
  let current = '';
  let round = '';
  let drawnAt = Number.NEGATIVE_INFINITY;
  let saidAt = now();
  let live = false;
  const tally: Record<Status, number> = { passed: 0, failed: 0, unknown: 0, skipped: 0 };

  const position = (): string => `[${String(ended).padStart(String(planned).length)}/${planned}]`;
  const tallied = (): string[] =>
    (['passed', 'failed', 'unknown', 'skipped'] as const).flatMap((status) =>
      tally[status] > 0 ? [`${tally[status]} ${status}`] : [],
    );
  const draw = (force: boolean): void => {
    if (!out.isTTY || (!force && now() - drawnAt < REDRAW_MS)) return;
    drawnAt = now();
    const counts = tallied().join(' ');
    // The last column stays free: some terminals wrap as soon as it is written.
    const room = out.columns - 1 - position().length - 1 - (counts === '' ? 0 : counts.length + 2);
    const shown = truncate(current, Math.max(0, room - round.length), look.ellipsis) + round;
    const painted = (['passed', 'failed', 'unknown', 'skipped'] as const).reduce(
      (text, status) => text.replace(`${tally[status]} ${status}`, (words) => statusPaint(look, status)(words)),
      counts,
    );
    const gap = ' '.repeat(Math.max(0, Math.min(2, room + 2 - textWidth(shown))));
    out.write(`${CLEAR_LINE}${look.paint.dim(position())} ${isolated(shown)}${counts === '' ? '' : gap + painted}`);
    live = true;
  };
  const clear = (): void => {
    if (live) out.write(CLEAR_LINE);
    live = false;
  };

  return {
    begin(plan) {
      planned = plan.scenarios.length;
      saidAt = now();
      draw(true);
    },
    repetition(done) {
      current = printable(done.scenario);
      round = done.repetitions > 1 ? ` (${done.repetition}/${done.repetitions})` : '';
      draw(false);
      if (out.isTTY || done.repetitions === 1 || now() - saidAt < SILENCE_MS) return;
      saidAt = now();
      out.write(`${position()} ${[isolated(current) + round, ...tallied()].join(', ')}\n`);
    },
    scenario(result) {
      ended++;
      tally[result.status]++;
      draw(ended === planned);
      if (out.isTTY) return;
      saidAt = now();
      const status = statusPaint(look, result.status)(`${look[result.status]} ${result.status}`);
      const detail = result.status === 'skipped' ? printable(result.why ?? '') : duration(result.durationMs);
      out.write(`${position()} ${status} ${isolated(printable(result.name))}${detail === '' ? '' : ` (${detail})`}\n`);
    },
    say(lines) {
      clear();
      saidAt = now();
      for (const line of lines) out.write(`${line}\n`);
      current = '';
      round = '';
      draw(true);
    },
    wait(text) {
      [current, round] = [text, ''];
      draw(true);
      if (out.isTTY || now() - saidAt < SILENCE_MS) return;
      saidAt = now();
      out.write(`${position()} ${text}\n`);
    },
    end: clear,
  };
}
