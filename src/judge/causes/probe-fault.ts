/** The harness itself failed: what it broke is never charged to the target. */
import { type Candidate, evidenceOf, type Rule } from '../evidence/rule.js';

export const probeFault: Rule = {
  code: 'probe-fault',
  doc: 'The probe itself failed: its media process died, a fault could not be carried out, a trace could not be kept, or its machine was too busy to tell what was late.',
  ruledOutBy: 'the same scenario failing again without a fault of the probe',
  apply({ trace, end, verdicts, complaints }) {
    const told = (summary: string, evidence: readonly number[]): Candidate => ({
      hop: 'probe',
      call: null,
      confidence: 1,
      summary: `The probe itself failed: ${summary}`,
      evidence,
      ruledOutBy: this.ruledOutBy,
      originN: 0,
    });
    if (end?.status === 'probe-fault') {
      // What the probe had to say before it ended is the nearest to a reason.
      const words = trace.findLast((event) => event.type === 'log' && event.node === 'probe' && event.level === 'error');
      return [told(end.message ?? end.status, evidenceOf(words, end))];
    }
    if (complaints.length > 0) return [];
    const overload = verdicts
      .flatMap(({ result }) => (result.valid === 'unknown' ? result.findings : []))
      .find(({ overload }) => overload !== undefined);
    return overload?.overload === undefined ? [] : [told(overload.overload, overload.evidence.slice(-1))];
  },
};
