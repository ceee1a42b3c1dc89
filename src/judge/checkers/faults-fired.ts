/** Every fault that was made ready also took effect: a run whose faults never bit proves nothing about them. */
import { type Checker, type Finding, HELD } from './checker.js';

export const faultsFired: Checker = {
  name: 'faults-fired',
  doc: 'Every fault that the scenario made ready took effect; one whose moment never came, or that found nothing to break, leaves the run unknown.',
  check({ faults, hits }) {
    const causes = new Set(hits.map(({ cause }) => cause));
    const idle = faults.filter(({ act, n }) => act === 'armed' && !causes.has(n));
    if (idle.length === 0) return HELD;
    return {
      valid: 'unknown',
      findings: idle.map(
        ({ n, message }): Finding => ({
          message: `"${message}" never took effect, so this run says nothing about it`,
          expected: 'to take effect',
          actual: 'it did not',
          evidence: [n],
        }),
      ),
    };
  },
};
