/** Turns a `heal` step into its plan: which faults end. */
import { namedDevice, namedUser } from './cast.js';
import { type StepContext, sentence } from './context.js';
import { readLink } from './fault-words.js';
import { parseTarget } from './grammar.js';
import { validate } from './issues.js';
import type { Healed, Step } from './plan.js';
import type { Path } from './problem.js';
import { healSchema } from './schema-faults.js';

/** Resolves the value of a `heal` step. Null after a report. */
export function resolveHeal(context: StepContext, value: unknown, path: Path): Step | null {
  const at = [...path, 'heal'];
  const text = validate(healSchema, value, at, context.report);
  const healed = text === null ? null : healedBy(context, text, at);
  return healed === null || text === null ? null : { ...sentence(path, `heal: ${text}`), kind: 'heal', healed };
}

function healedBy({ cast, report }: StepContext, text: string, at: Path): Healed | null {
  if (text === 'all' || text === 'server') return { what: text };
  if (cast === null) return null;
  const link = readLink(text);
  // `bob.laptop` is not a link, and its second part is not a plane.
  if (link.ok) {
    const device = namedDevice(cast, link.value.device, at, report);
    return device === null ? null : { what: link.value.plane, device };
  }
  if (parseTarget(text) === null) {
    report(at, 'value', link.message, 'write heal: all, server, alice, or a link such as alice.signaling');
    return null;
  }
  const agent = namedUser(cast, text, at, report);
  return agent === null ? null : { what: 'agent', ...agent };
}
