/** Every `expect` of the scenario held at its time. */
import type { EventOf } from '../../trace/event.js';
import { type History, markOf, shownAt } from '../history/history.js';
import { labelOf } from '../history/wording.js';
import { type Checker, type CheckResult, evidenceOf, type Finding, unknown, verdictOf } from './checker.js';

/** A step that the app did not carry out: what comes after it shows something else than the scenario means. */
function refusedAction(history: History): CheckResult | null {
  const stop = markOf(history, 'quiesce')?.n ?? Infinity;
  const refused = history.refusedActions.find(({ n }) => n < stop);
  if (refused === undefined) return null;
  const message = `the app of ${labelOf(history, refused.node)} refused "${refused.action}": ${refused.refused}. The steps after it show something else than the scenario means`;
  return unknown(message, [refused.n]);
}

export const expectations: Checker = {
  name: 'expectations',
  doc: 'Every `expect` of the scenario held within its time; steps skipped after a failed one do not count a second time.',
  check(history) {
    const { marks, end } = history;
    const expects = marks.filter((mark) => mark.name === 'expect');
    const failed = expects.filter((mark) => mark.ok === false);
    if (failed.length > 0) {
      const isMistaken = failed.every(({ mistake }) => mistake !== undefined);
      const findings = failed.map((mark): Finding => {
        const views = history.devices.flatMap((device) => history.calls.map((call) => shownAt(history, call, device, mark.n)));
        return {
          message: messageOf(mark),
          expected: mark.text,
          actual: mark.actual,
          evidence: evidenceOf(...views, mark),
          ...(mark.path === null ? {} : { path: mark.path }),
          ...(mark.lateMs === undefined ? {} : { late: { byMs: mark.lateMs, sinceN: 0 } }),
        };
      });
      return { valid: isMistaken ? 'unknown' : false, findings };
    }
    const refused = refusedAction(history);
    if (refused !== null) return refused;
    const open = expects.find((mark) => mark.ok === null);
    if (open !== undefined) return unknown(`${open.text}: the run was cut before this was decided`, [open.n]);
    const skipped = marks.find((mark) => mark.name === 'skipped-steps' && mark.limit === undefined);
    if (skipped !== undefined) return unknown(`steps were not run: ${skipped.text}`, [skipped.n]);
    if (end !== null && end.status !== 'complete') {
      return unknown(`the run ended early (${end.status}${end.message === null ? '' : `: ${end.message}`})`, [end.n]);
    }
    return verdictOf([]);
  },
};

function messageOf({ path, text, actual, mistake }: EventOf<'mark'>): string {
  const where = path === null ? '' : `${path}: `;
  const saw = actual === null ? '' : `saw ${actual}`;
  return mistake === undefined
    ? `${where}expected ${text}${saw === '' ? '' : `, ${saw}`}`
    : `${where}a mistake of the scenario: ${mistake}${saw === '' ? '' : ` (${saw})`}`;
}
