import t from 'tap';
import type { TraceEvent } from '../../../src/trace/event.js';
import { healthyCall, TraceBuilder } from '../../trace-builder.js';
import { catches, holds, wonders } from './verdicts.js';

t.test('expectations that held, and a scenario without any', async (t) => {
  holds(t, 'expectations', healthyCall());
  holds(t, 'expectations', new TraceBuilder().at(100).rings('alice/phone', 'bob').acts('alice/phone', 'cancel').rests().ends());
});

t.test('a failed expectation is a finding with what was seen; what was skipped after it is none of its own', async (t) => {
  const trace = new TraceBuilder().at(100).rings('alice/phone', 'bob');
  trace.mark('expect', false, 'both: connected within 1s', 'alice=ringing bob=connected');
  trace.mark('skipped-steps', null, '2 steps skipped');
  const result = catches(
    t,
    'expectations',
    trace.rests().ends(),
    /^steps\[1\]: expected both: connected within 1s, saw alice=ringing bob=connected$/,
  );
  t.equal(result.findings.length, 1);
  t.equal(result.findings[0]?.actual, 'alice=ringing bob=connected');
});

t.test('a run that stopped before it could fail is unknown', async (t) => {
  const open = new TraceBuilder();
  open.mark('expect', null, 'both: connected within 1s');
  wonders(t, 'expectations', open.events, /the run was cut/);
  const skipped = new TraceBuilder();
  skipped.mark('skipped-steps', null, 'the scenario timed out');
  wonders(t, 'expectations', skipped.events, /steps were not run/);
  const cut = new TraceBuilder();
  cut.add('probe', { type: 'run', phase: 'end', status: 'interrupted', message: 'by the user' });
  wonders(t, 'expectations', cut.events, /ended early \(interrupted: by the user\)/);
});

t.test('an action that the app refused leaves the rest undecided, and one of the teardown does not', async (t) => {
  const refuse = (mark: 'step' | 'teardown'): TraceEvent[] => {
    const trace = new TraceBuilder().at(100).rings('alice/phone', 'bob');
    if (mark === 'teardown') trace.rests();
    trace.mark(mark);
    trace.add('bob/phone', { type: 'action', action: 'hang up', peer: null, call: null, refused: 'this device shows no call' });
    if (mark === 'step') trace.rests();
    return trace.ends(() => trace.acts('alice/phone', 'cancel'));
  };
  wonders(t, 'expectations', refuse('step'), /the app of bob refused "hang up": this device shows no call/);
  holds(t, 'expectations', refuse('teardown'));
});

t.test('what the author of the scenario got wrong is unknown, and a limit of the target is no failure', async (t) => {
  const mistaken = (mistake: object): TraceBuilder => {
    const trace = new TraceBuilder().at(100).rings('alice/phone', 'bob');
    const mark = {
      type: 'mark',
      name: 'expect',
      path: 'steps[1]',
      text: 'both: ended(hangup)',
      ok: false,
      actual: 'alice=ringing',
    } as const;
    trace.add('probe', { ...mark, ...mistake });
    return trace;
  };
  const mistake = { mistake: 'nobody hangs up' };
  wonders(
    t,
    'expectations',
    mistaken(mistake).rests().ends(),
    /^steps\[1\]: a mistake of the scenario: nobody hangs up \(saw alice=ringing\)$/,
  );
  catches(t, 'expectations', mistaken({}).rests().ends(), /expected both: ended\(hangup\), saw alice=ringing/);
  const both = mistaken(mistake);
  both.mark('expect', false, 'both: connected within 1s');
  catches(t, 'expectations', both.rests().ends(), /expected both: connected/);
  const limited = (limit: object): TraceBuilder => {
    const trace = new TraceBuilder().at(100).rings('alice/phone', 'bob').acts('alice/phone', 'cancel');
    trace.add('probe', {
      type: 'mark',
      name: 'skipped-steps',
      path: null,
      text: '2 more steps',
      ok: null,
      actual: null,
      ...limit,
    });
    return trace;
  };
  holds(t, 'expectations', limited({ limit: 'ends-call' }).rests().ends());
  wonders(t, 'expectations', limited({}).rests().ends(), /steps were not run/);
});
