/** The bug that this tool exists for as a trace: the callee is connected, the caller goes on ringing. */
import { TraceBuilder } from '../trace-builder.js';

export const CALLER = 'alice/phone';
export const CALLEE = 'bob/phone';

/** The callee answers, the caller goes on ringing: `way` is what becomes of what the caller is sent. */
export function unansweredCall(
  way: (trace: TraceBuilder, change: number) => void = () => undefined,
  setting: ConstructorParameters<typeof TraceBuilder>[0] = {},
): TraceBuilder {
  const trace = new TraceBuilder(setting);
  trace.at(100).rings(CALLER, 'bob');
  trace.mark('expect', true, 'both: ringing within 2s');
  trace.at(400);
  const change = trace.moves('c1', 'accept', CALLEE, trace.command(CALLEE, 'accept', 'c1', trace.op(CALLEE, 'accept', 'c1')));
  trace.tells('c1', change, [CALLEE]);
  way(trace, change);
  trace.at(1_400).mark('expect', false, 'both: connected within 1s', 'alice=ringing bob=connected');
  trace.rests().ends();
  return trace;
}
