import t from 'tap';
import type { TraceEvent } from '../../../src/trace/event.js';
import type { Field, FieldsOf } from '../../../src/trace/field.js';
import { ALL_FIELDS } from '../../../src/trace/fields.js';
import { encodeTrace } from '../../../src/trace/jsonl.js';
import { redactEvent, traceText } from '../../../src/trace/redact-trace.js';
import { createNames } from '../../../src/trace/redaction/names.js';
import { leaks } from '../../leaks.js';
import { healthyCall } from '../../trace-builder.js';
import { FORMED, FORMLESS, partsOf } from './secrets.js';

/** What whoever runs the probe wrote: what has a form of its own goes, any other word is theirs to publish. */
const OWN = new Set(['devices', 'scenario', 'file', 'seed', 'versions', 'target', 'replay']);

/** Names that stand inside fields, so that a secret gets to every place that there is. */
const INNER =
  'user device id call phase caller callee endedBy reason name what digest dir kind limits states media link node message error token sdp candidate username address data t';

const ATTRIBUTES =
  'mid group rtpmap fmtp rtcp-fb extmap ice-options setup ptime msid ssrc ssrc-group rtcp candidate ice-ufrag ice-pwd fingerprint crypto x-y'.split(
    ' ',
  );

/** A secret as the value of a field, whatever its type: a file may come from anywhere. */
function placesOf(secret: string): unknown[] {
  const inner = Object.fromEntries(INNER.split(' ').map((name) => [name, secret]));
  const deep = { ...inner, caller: inner, callee: inner, [secret]: secret, more: [inner] };
  const lines = ATTRIBUTES.map((name) => `a=${name}:${secret}\r\na=${name}:1 ${secret}/8000 ${secret}=${secret}`);
  const sdp = ['v=0', `m=${secret} 9 RTP/AVP 0`, `m=audio 9 RTP/AVP ${secret}`, `s=${secret}`, ...lines, `a=${secret}`].join(
    '\r\n',
  );
  const candidate = `candidate:${secret} 1 udp 1 ${secret} 9 typ host ufrag ${secret} ${secret} ${secret}`;
  return [secret, `user ${secret} is not here`, { ...deep, list: [secret, deep, { sdp, candidate, any: sdp, line: candidate }] }];
}

const [begin] = healthyCall() as [TraceEvent, ...TraceEvent[]];

/** A trace with an event of this type that holds nothing but a secret in one of its fields. */
function traceWith(type: string, field: string, value: unknown, phase: string | undefined): TraceEvent[] {
  const stamp = { n: 2, at: 9, wall: 9, node: 'alice/phone', cause: null };
  if (phase === 'begin') return [{ ...begin, [field]: value } as TraceEvent];
  return [begin, { ...stamp, type, phase, [field]: value } as TraceEvent];
}

for (const [what, secret] of Object.entries({ ...FORMED, ...FORMLESS })) {
  t.test(`${what}: no field of a trace lets it out`, async (t) => {
    for (const [index, [type, { whole }]] of ALL_FIELDS.entries()) {
      const phase = type === 'run' ? (index === 0 ? 'begin' : 'end') : undefined;
      for (const field of Object.keys(whole)) {
        if (field === 'type' || field === 'phase') continue;
        if (OWN.has(field) && what in FORMLESS && type === 'run') continue;
        for (const [place, value] of placesOf(secret).entries()) {
          const trace = traceWith(type, field, value, phase);
          const text = traceText(trace, { redaction: 'on', names: createNames() });
          // As a reporter gets it while the run goes on.
          const live = place === 0 ? '' : encodeTrace(trace.slice(-1).map((event) => redactEvent(event, createNames())));
          const found = leaks(text + live, partsOf(secret));
          if (found.length > 0) t.fail(`${type}.${field} of ${JSON.stringify(value).slice(0, 60)} lets out ${found.join(', ')}`);
        }
      }
    }
    t.pass();
  });
}

t.test('a field of the union without a row does not compile', async (t) => {
  interface Event {
    readonly a: string;
    readonly b?: string;
  }
  type Fits<Rows> = Rows extends FieldsOf<Event> ? 'fits' : 'lacks a row';
  const whole: Fits<{ readonly a: Field; readonly b: Field }> = 'fits';
  const lacking: Fits<{ readonly a: Field }> = 'lacks a row';
  t.not(whole, lacking);
});

t.test('a field that nobody listed is left out', async (t) => {
  for (const [index, [type]] of ALL_FIELDS.entries()) {
    const trace = traceWith(type, 'fresh', 'gremblehost17', type === 'run' ? (index === 0 ? 'begin' : 'end') : undefined);
    t.notMatch(traceText(trace, { redaction: 'on', names: createNames() }), /gremblehost17|fresh/, type);
  }
});
