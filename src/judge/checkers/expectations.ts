/** Every `expect` of the scenario held at its time. */
import { eventsOf } from '../../trace/event.js';
import { replayOf, shownAt } from '../history/replay.js';
import { type Checker, type Finding, unknown, verdictOf } from './checker.js';

export const expectations: Checker = {
  name: 'expectations',
  doc: 'Every `expect` of the scenario held within its time; steps skipped after a failed one do not count a second time.',
  check(trace) {
    const marks = eventsOf(trace, 'mark');
    const expects = marks.filter((mark) => mark.name === 'expect');
    const failed = expects.filter((mark) => mark.ok === false);
    if (failed.length > 0) {
      const replay = replayOf(trace);
      return verdictOf(
        failed.map((mark): Finding => {
          const views = replay.devices.flatMap((device) =>
            replay.calls.flatMap((history) => shownAt(replay, history, device, mark.n)?.n ?? []),
          );
          return {
            message: `${mark.path === null ? '' : `${mark.path}: `}expected ${mark.text}${mark.actual === null ? '' : `, saw ${mark.actual}`}`,
            expected: mark.text,
            actual: mark.actual,
            evidence: [...new Set([...views, mark.n])].sort((a, b) => a - b),
            ...(mark.path === null ? {} : { path: mark.path }),
            ...(mark.lateMs === undefined ? {} : { late: { byMs: mark.lateMs, sinceN: 0 } }),
          };
        }),
      );
    }
    const open = expects.find((mark) => mark.ok === null);
    if (open !== undefined) return unknown(`${open.text}: the run was cut before this was decided`, [open.n]);
    const skipped = marks.find((mark) => mark.name === 'skipped-steps');
    if (skipped !== undefined) return unknown(`steps were not run: ${skipped.text}`, [skipped.n]);
    const end = eventsOf(trace, 'run').find((event) => event.phase === 'end');
    if (end !== undefined && end.status !== 'complete') {
      return unknown(`the run ended early (${end.status}${end.message === null ? '' : `: ${end.message}`})`, [end.n]);
    }
    return verdictOf([]);
  },
};
