import fc from 'fast-check';
import t from 'tap';
import type { TraceBody, TraceEvent } from '../../src/trace/event.js';
import { decodeTrace, encodeTrace } from '../../src/trace/jsonl.js';
import { redactEvent, redactTrace, revealTrace, traceText } from '../../src/trace/redact-trace.js';
import { createNames } from '../../src/trace/redaction/names.js';
import { assertNoLeak, createPrivacy, type Privacy } from '../../src/trace/redaction/privacy.js';
import { leaks } from '../leaks.js';
import { healthyCall, TraceBuilder } from '../trace-builder.js';

t.test('a trace of roles stays as it is, down to the last byte', async (t) => {
  const trace = healthyCall();
  const copy = redactTrace(trace, createNames());
  t.same(copy, trace);
  t.equal(encodeTrace(copy), encodeTrace(trace));
});

/** As a trace is written: refused when it leaks. */
function publishTrace(trace: readonly TraceEvent[], privacy: Privacy, what: string): string {
  const text = traceText(trace, privacy);
  assertNoLeak(text, privacy, what);
  return text;
}

const PEOPLE = ['jane/phone', 'otto/phone'];

function ofPeople(): TraceEvent[] {
  const trace = new TraceBuilder({ devices: PEOPLE });
  trace.mark('step', null, 'jane: call otto');
  trace.at(100).rings('jane/phone', 'otto', 'c-jane.phone-0k3v9x2').acts('otto/phone', 'accept', 'c-jane.phone-0k3v9x2');
  trace.add('jane/phone', {
    ...{ type: 'wire', dir: 'in', link: 'jane/phone.signaling', conn: 1, kind: 'signal.offer', call: 'c-jane.phone-0k3v9x2' },
    ...{ seq: 9, bytes: 10, digest: '0a', frame: { type: 'signal', from: { user: 'otto', device: 'phone' }, to: 'jane' } },
  } as TraceBody);
  trace.add('server', {
    type: 'log',
    level: 'warn',
    message: 'otto left 10.1.2.3',
    data: { link: 'otto/phone.signaling', n: 3 },
  });
  trace.add('probe', { type: 'violation', code: 'x', message: 'token=abc123def456 of Jane', call: null });
  return trace.events;
}

t.test('people have one stand-in in every field, also before anybody named them apart', async (t) => {
  const names = createNames();
  const copy = redactTrace(ofPeople(), names);
  const text = JSON.stringify(copy);
  t.notMatch(text, /jane|otto|10\.1\.2\.3|abc123/i);
  t.match(text, /"text":"user-1: call user-2"/);
  t.match(text, /"call":"c-user-1\.phone-0k3v9x2"/);
  t.match(text, /"from":\{"user":"user-2","device":"phone"\},"to":"user-1"/);
  t.match(text, /user-2 left host-1\.ip4/);
  t.same(redactTrace(copy, names), copy, 'twice is once');
  t.same(redactTrace(copy, createNames()), copy, 'also by somebody else');
  t.same(decodeTrace(`${copy.map((event) => JSON.stringify(event)).join('\n')}\n`).problems, [], 'it is still a trace');
  const back = JSON.stringify(revealTrace(copy, names));
  t.match(back, /"text":"jane: call otto"/);
  t.notMatch(back, /user-\d/);
});

t.test('nothing that is not on the list passes', async (t) => {
  const names = createNames();
  const [begin] = healthyCall();
  const odd = {
    ...begin!,
    motto: 'jane was here',
    list: ['jane'],
    phase: 'jane smith 42',
    deep: { a: 1 },
    flag: true,
  } as unknown as TraceEvent;
  const text = JSON.stringify(redactEvent(odd, names));
  t.notMatch(text, /jane/);
  t.notMatch(text, /motto|list|deep|flag/, 'a field without a row is left out');
  t.match(text, /"phase":"redacted\(len=13\)"/, 'a word that is not on its list shows its length');
});

t.test('what was recorded raw is redacted when it leaves', async (t) => {
  const raw = ofPeople().map((event, index) => (index === 0 ? { ...event, redacted: false } : event)) as TraceEvent[];
  raw.push({
    ...{ n: raw.length + 1, at: 1, wall: 1, node: 'jane/phone', cause: null },
    ...{
      type: 'wire',
      dir: 'out',
      link: 'jane/phone.signaling',
      conn: 1,
      kind: 'hello',
      call: null,
      seq: null,
      bytes: 1,
      digest: '1',
    },
    frame: { type: 'hello', token: 'secret-token-0815', user: 'jane' },
  } as TraceEvent);
  const copy = redactTrace(raw, createNames());
  t.match(copy[0], { redacted: true });
  t.match(copy.at(-1), { frame: { type: 'hello', token: /^token-\d$/, user: 'user-1' } });
});

/** Secrets that a text search can tell from chance. */
const secret = fc
  .stringMatching(/^[A-Za-z0-9]{10,24}$/)
  .filter((text) => /\d/.test(text) && /[a-z]/.test(text) && !/^[a-z]+\d{0,5}$/i.test(text));
const fieldOf = (value: string): fc.Arbitrary<unknown> =>
  fc
    .constantFrom<(text: string) => unknown>(
      (text) => ({ type: 'hello', token: text }),
      (text) => ({ session: text }),
      (text) => ({ data: { type: 'offer', sdp: `v=0\r\na=ice-pwd:${text}\r\na=x-own:${text}\r\n` } }),
      (text) => ({ candidate: `candidate:1 1 udp 1 203.0.113.9 1 typ host ufrag ${text}` }),
      (text) => ({ extra: [[{ anything: text }]] }),
      (text) => ({ error: `could not log in with token=${text}` }),
      (text) => ({ reason: `wss://me:${text}@host.example/p?key=${text}` }),
      (text) => ({ [`${text}-key-of-somebody`]: 1 }),
    )
    .map((put) => put(value));

t.test('whatever secret stands wherever in a frame, no saved trace holds it', async (t) => {
  fc.assert(
    fc.property(
      fc
        .uniqueArray(secret, { minLength: 1, maxLength: 4 })
        .chain((secrets) => fc.tuple(fc.constant(secrets), fc.tuple(...secrets.map(fieldOf)))),
      ([secrets, frames]) => {
        const privacy = createPrivacy();
        const trace = ofPeople();
        for (const frame of frames) {
          trace.push({
            ...{
              n: trace.length + 1,
              at: 9,
              wall: 9,
              node: 'server',
              cause: null,
              type: 'wire',
              dir: 'in',
              link: 'a/b.signaling',
            },
            ...{ conn: 1, kind: 'unmapped', call: null, seq: null, bytes: 1, digest: 'x', frame },
          } as TraceEvent);
        }
        const text = publishTrace(trace, privacy, 'The trace');
        return leaks(text, secrets).length === 0;
      },
    ),
    { numRuns: 300, seed: 7 },
  );
  t.pass();
});

t.test('a secret that was seen is refused wherever it still stands', async (t) => {
  fc.assert(
    fc.property(secret, (value) => {
      const privacy = createPrivacy();
      privacy.vault.add('token', value);
      const [begin, ...rest] = ofPeople();
      try {
        publishTrace([{ ...begin!, seed: value } as TraceEvent, ...rest], privacy, 'The trace x');
        return false;
      } catch (error) {
        return error instanceof Error && error.name === 'LeakError' && !error.message.includes(value);
      }
    }),
    { numRuns: 100, seed: 7 },
  );
  t.pass();
});

t.test('what a frame reveals is known in the sentences before it', async (t) => {
  const trace = new TraceBuilder();
  trace.add('alice/phone', { type: 'violation', code: 'odd', message: 'bad ticket Zx81-kq77', call: null });
  const wire = { type: 'wire', dir: 'out', link: 'alice/phone.signaling', conn: 1, kind: 'hello', call: null } as const;
  trace.add('alice/phone', { ...wire, seq: null, bytes: 1, digest: 'x', frame: { type: 'hello', token: 'Zx81-kq77' } });
  const copy = redactTrace(trace.events, createNames());
  t.match(copy.slice(1), [{ message: 'bad ticket token-1' }, { frame: { token: 'token-1' } }]);
});

t.test('both ends of a message share one redacted frame', async (t) => {
  const trace = new TraceBuilder();
  const frame = { type: 'hello', token: 'Zx81-kq77' };
  for (const [node, dir] of [
    ['alice/phone', 'out'],
    ['server', 'in'],
  ] as const) {
    const wire = { type: 'wire', dir, link: 'alice/phone.signaling', conn: 1, kind: 'hello', call: null } as const;
    trace.add(node, { ...wire, seq: null, bytes: 1, digest: 'x', frame });
  }
  const [out, read] = redactTrace(trace.events, createNames()).filter((event) => event.type === 'wire');
  t.equal(out?.frame, read?.frame);
  t.not(out?.frame, frame);
});
