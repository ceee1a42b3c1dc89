/** The probe itself failed: what it broke is never charged to the target. */
import { type Candidate, evidenceOf, type Rule } from './rule.js';

export const probeFault: Rule = {
  code: 'probe-fault',
  title: 'The probe itself failed',
  lookAt: 'the load of the machine that runs the probe',
  doc: 'The probe itself failed: its media process died, a fault could not be carried out, a trace could not be kept, or its machine was too busy to measure what was late.',
  ruledOutBy: 'the same scenario failing again without a fault of the probe',
  apply({ history, verdicts, failed }) {
    const candidate = (summary: string, evidence: readonly number[]): Candidate => ({
      hop: 'probe',
      call: null,
      confidence: 1,
      summary: `The probe itself failed: ${summary}`,
      evidence,
      ruledOutBy: this.ruledOutBy,
      originN: 0,
    });
    const { end, trace } = history;
    if (end?.status === 'probe-fault') {
      // The last error that the probe logged before it ended is the nearest to a reason.
      const error = trace.findLast((event) => event.type === 'log' && event.node === 'probe' && event.level === 'error');
      return [candidate(end.message ?? end.status, evidenceOf(error, end))];
    }
    if (failed.length > 0) return [];
    const unknowns = verdicts.flatMap(({ result }) => (result.valid === 'unknown' ? result.findings : []));
    const excused = unknowns.find(({ overload }) => overload !== undefined);
    return excused?.overload === undefined ? [] : [candidate(excused.overload, excused.evidence.slice(-1))];
  },
};
