/** What one side hands over against what the other gets: sound traces hold, each kind of damage is found, and diagnosed. */
import t from 'tap';
import { relayed, relayFlaws } from '../../../src/judge/checkers/relayed.js';
import { diagnose } from '../../../src/judge/diagnose.js';
import { historyOf } from '../../../src/judge/history/history.js';
import type { MessageKind } from '../../../src/protocol/message-kinds.js';
import { type RunBegin, TRACE_SCHEMA, type TraceBody, type TraceEvent, type WireEvent } from '../../../src/trace/event.js';

const BEGIN: RunBegin = {
  type: 'run',
  phase: 'begin',
  schema: TRACE_SCHEMA,
  scenario: 's',
  file: null,
  seed: 'x:1',
  repetition: 1,
  target: 'ws://a',
  defects: [],
  devices: ['alice/phone', 'bob/phone'],
  roles: { probe: 'probe' },
  versions: {},
  replay: '',
  serverVisible: false,
  media: 'audio',
  adapter: { name: 'a', relaysAsIs: true, limits: [] },
};

type What = 'offer' | 'answer' | 'candidate';
type Step = readonly [
  at: number,
  node: 'alice' | 'bob',
  dir: 'out' | 'in',
  kind: MessageKind,
  ...carries: (readonly [What, string])[],
];

const SOUND: readonly Step[] = [
  [1, 'alice', 'out', 'command.invite', ['offer', 'o']],
  [2, 'alice', 'out', 'signal.candidate', ['candidate', 'a1']],
  [3, 'bob', 'in', 'event.inviting', ['offer', 'o']],
  [4, 'bob', 'in', 'signal.candidate', ['candidate', 'a1']],
  [5, 'bob', 'out', 'command.accept', ['answer', 'n']],
  [6, 'alice', 'in', 'event.connected', ['answer', 'n']],
];

function traceOf(steps: readonly Step[], begin: Partial<RunBegin> = {}, extra: readonly TraceBody[] = []): TraceEvent[] {
  const bodies: [number, string, TraceBody][] = [
    [0, 'probe', { ...BEGIN, ...begin }],
    [0.5, 'alice/phone', { type: 'action', action: 'call', peer: 'bob', call: 'c' }],
    ...steps.map(([at, node, dir, kind, ...carries]): [number, string, WireEvent] => [
      at,
      `${node}/phone`,
      {
        type: 'wire',
        dir,
        link: `${node}/phone.signaling`,
        conn: 1,
        kind,
        call: 'c',
        seq: null,
        bytes: 1,
        digest: `${kind}${at}`,
        name: kind,
        carries: carries.map(([what, digest]) => ({ what, digest })),
      },
    ]),
    ...extra.map((body): [number, string, TraceBody] => [6.5, 'alice/phone', body]),
    [2_000, 'probe', { type: 'mark', name: 'teardown', path: null, text: '', ok: null, actual: null }],
    [2_001, 'probe', { type: 'run', phase: 'end', status: 'complete', message: null }],
  ];
  return bodies.map(([at, node, body], index): TraceEvent => ({ n: index + 1, at, wall: at, node, cause: null, ...body }));
}

const kinds = (trace: readonly TraceEvent[]): string[] => relayFlaws(historyOf(trace)).map(({ kind, what }) => `${kind} ${what}`);
const swap = (index: number, step: Step): Step[] => SOUND.map((one, at) => (at === index ? step : one));

t.test('a sound relay holds, and so does what can not be judged', async (t) => {
  t.strictSame(relayed.check(historyOf(traceOf(SOUND)), {}), { valid: true, findings: [] });
  t.strictSame(
    kinds(
      traceOf(swap(5, [6, 'alice', 'in', 'event.connected', ['answer', 'other']]), {
        adapter: { name: 'a', relaysAsIs: false, limits: [] },
      }),
    ),
    [],
    'a server that writes its own',
  );
  const { adapter: _, ...callsync } = BEGIN;
  t.strictSame(
    kinds(traceOf(SOUND).map((event, at) => (at === 0 ? { ...event, ...callsync, adapter: undefined } : event) as TraceEvent)),
    [],
    'the bundled protocol',
  );
  const struck: TraceBody = {
    type: 'fault',
    fault: 'duplicate',
    layer: 'message',
    act: 'hit',
    target: null,
    message: '',
    absence: null,
    struck: { dropped: false, dir: 'in', kind: 'event.connected', call: 'c', bytes: 1, digest: 'x' },
  };
  t.strictSame(
    kinds(traceOf([...SOUND, [7, 'alice', 'in', 'event.connected', ['answer', 'n']]], {}, [struck])),
    [],
    "a fault of the probe's own",
  );
  t.strictSame(
    kinds(traceOf([...SOUND, [1_999, 'bob', 'out', 'signal.candidate', ['candidate', 'b1']]])),
    [],
    'still on its way',
  );
});

t.test('a candidate of another call, read where messages name no call, was not changed; one that nobody sent was', async (t) => {
  const late: Step = [7, 'alice', 'in', 'signal.candidate', ['candidate', 'before']];
  const former: TraceBody = {
    type: 'wire',
    dir: 'out',
    link: 'bob/phone.signaling',
    conn: 1,
    kind: 'signal.candidate',
    call: 'the-call-before',
    seq: null,
    bytes: 1,
    digest: 'w',
    carries: [{ what: 'candidate', digest: 'before' }],
  };
  const sentBy = (node: string): TraceEvent[] =>
    traceOf([...SOUND, late], {}, [former]).map((event) =>
      event.type === 'wire' && event.digest === 'w' ? { ...event, node } : event,
    );
  t.strictSame(kinds(sentBy('bob/phone')), []);
  t.strictSame(kinds(sentBy('carol/phone')), [], 'of a third one who was refused');
  t.strictSame(kinds(sentBy('alice/phone')), ['altered candidate'], 'not what she had sent herself');
  t.strictSame(kinds(traceOf([...SOUND, late])), ['altered candidate']);
});

t.test('each kind of damage is found and named', async (t) => {
  const cases: readonly [Step[], string, string][] = [
    [swap(5, [6, 'alice', 'in', 'event.connected', ['answer', 'other']]), 'altered answer', 'payload-altered'],
    [[...SOUND, [7, 'alice', 'in', 'event.connected', ['answer', 'n']]], 'duplicated answer', 'duplicated'],
    [
      [SOUND[0], SOUND[1], [2.5, 'bob', 'in', 'signal.candidate', ['candidate', 'a1']], SOUND[2], ...SOUND.slice(4)] as Step[],
      'reordered offer',
      'reordered',
    ],
    [SOUND.filter((_, at) => at !== 3), 'lost candidate', 'not-forwarded'],
    [swap(5, [6, 'bob', 'in', 'event.connected', ['answer', 'n']]), 'echoed answer', 'wrong-recipient'],
  ];
  for (const [steps, flaw, cause] of cases) {
    const trace = traceOf(steps);
    t.strictSame(kinds(trace), [flaw]);
    const { valid, findings } = relayed.check(historyOf(trace), {});
    t.equal(valid, false, flaw);
    t.ok(
      findings.every(({ evidence }) => evidence.every((n) => trace[n - 1]?.type === 'wire' || trace[n - 1]?.type === 'mark')),
      'it cites what proves it',
    );
    t.ok(
      diagnose(historyOf(trace)).some(({ code, hop }) => code === cause && hop === 'server'),
      `${flaw} is ${cause}`,
    );
  }
  t.notOk(
    diagnose(historyOf(traceOf(SOUND))).some(({ code }) =>
      ['payload-altered', 'duplicated', 'reordered', 'dropped-in-transit', 'wrong-recipient'].includes(code),
    ),
    'the sound one is none of them',
  );
});

t.test('who connects anew may be told again, and candidates wait for somebody who answers', async (t) => {
  const again: Step[] = [...SOUND.slice(0, 4), [4.5, 'bob', 'in', 'event.inviting', ['offer', 'o']], ...SOUND.slice(4)];
  t.strictSame(kinds(traceOf(again)), ['duplicated offer'], 'on one connection it is a copy');
  const anew = traceOf(again).map((event) => (event.type === 'wire' && event.at === 4.5 ? { ...event, conn: 2 } : event));
  t.strictSame(kinds(anew), []);
  const kept = SOUND.filter(([at]) => at !== 4);
  t.strictSame(kinds(traceOf(kept)), ['lost candidate']);
  t.strictSame(kinds(traceOf(kept.slice(0, 3))), [], 'nobody answered');
});
