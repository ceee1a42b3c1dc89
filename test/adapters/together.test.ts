/** What takes several messages to say, in either order: the answer of a call centre that comes as two, and what is said of one half. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { adapterOf } from '../../src/adapters/dialect/adapter.js';
import { dialectOf } from '../../src/adapters/dialect/load.js';
import { runScenario, type ScenarioResult } from '../../src/index.js';
import type { AdapterSession, CallHandle, SessionEffect } from '../../src/probe/adapter/port.js';
import { createRng } from '../../src/protocol/rng.js';
import { ends, folder, runCommand } from '../cli/command.js';
import { watchForks } from '../forks.js';
import { PATIENT } from '../scenarios/files.js';
import { type CallCentreOptions, startCallCentre } from '../servers/callcentre/server.js';

const forks = watchForks();
t.afterEach(() => forks.ended());

const WHOLE = readFileSync(fileURLToPath(new URL('../../../test/fixtures/dialects/callcentre.yaml', import.meta.url)), 'utf8');
const TAKEN = `  - when: { $.type: taken }
    means: accepted
    take: { call.id: $.ticket, from: $.operator, description: $.sdp }
`;
const PARTS = `  - when: { $.type: assigned }
    part: assigned
    take: { call.id: $.ticket, from: $.operator }
  - when: { $.type: media }
    part: media
    take: { call.id: $.ticket, description: $.sdp }
  - together: [assigned, media]
    means: accepted
    within: 600ms
`;
const TEXT = WHOLE.replace(TAKEN, PARTS);
const ACCEPT = {
  name: 'an answer in two messages',
  agents: { alice: {}, bob: {} },
  checks: PATIENT,
  steps: [
    { alice: 'call bob' },
    { expect: { both: 'ringing', within: '20s' } },
    { bob: 'accept' },
    { expect: { both: 'connected', within: '2s' } },
    { expect: { media: 'flowing', between: ['alice', 'bob'], within: '20s' } },
    { alice: 'hang up' },
    { expect: { both: 'ended(hangup)', within: '2s' } },
  ],
};

const said = ({ why, checks }: ScenarioResult): string =>
  why ?? checks.map(({ message, actual }) => `${message} ${actual}`).join('; ');

async function runWith(
  t: { teardown(end: () => unknown): void; testdir(files: Record<string, string>): string },
  options: CallCentreOptions,
  scenario: object = ACCEPT,
): Promise<ScenarioResult> {
  const server = await startCallCentre(options);
  t.teardown(() => server.close());
  const dir = t.testdir({ 'two.yaml': TEXT });
  return runScenario(scenario, { target: server.url, adapter: `${dir}/two.yaml` });
}

t.test('both orders, with media: the description is in one message, and who answered in the other', async (t) => {
  t.not(TEXT, WHOLE);
  for (const answers of ['assigned-first', 'media-first'] as const) {
    const result = await runWith(t, { answers });
    t.equal(result.status, 'passed', `${answers}: ${said(result)}`);
    t.equal(result.halfTold, undefined);
    t.equal(result.unmapped, undefined);
  }
});

t.test('one half only: the caller stays in calling, and the report and the diagnosis say which half is missing', async (t) => {
  const steps = ACCEPT.steps.slice(0, 4);
  for (const [answers, what] of [
    ['assigned-only', 'accepted without media'],
    ['media-only', 'accepted without assigned'],
  ] as const) {
    const result = await runWith(t, { answers }, { ...ACCEPT, media: 'none', steps });
    t.equal(result.status, 'failed');
    t.match(said(result), /alice=ringing bob=connected/);
    t.strictSame(Object.keys(result.halfTold ?? {}), [what]);
    t.match(result.diagnoses[0], { code: 'not-forwarded', hop: 'server', summary: /read a part of it only: accepted without/ });
    t.ok(
      result.diagnoses[0]?.lines.some((line) => /read event\.connected\.part/.test(line)),
      'the half that came is in the proof',
    );
  }
});

t.test('dialect check and run say so as well', async (t) => {
  const server = await startCallCentre({ answers: 'media-only' });
  t.teardown(() => server.close());
  const { at } = folder(t, {
    'two.yaml': TEXT,
    'accept.yaml': `name: accept
media: none
agents: { alice: {}, bob: {} }
steps:
  - alice: call bob
  - expect: { both: ringing, within: 20s }
  - bob: accept
  - expect: { both: connected, within: 1s }
`,
  });
  const check = ['dialect', 'check', 'two.yaml'];
  ends(
    t,
    'explained',
    await runCommand(check, at),
    0,
    /\$\.type = "media": the part "media"/,
    /"assigned" and "media", in any order within 0\.6 s: accepted/,
  );
  ends(
    t,
    'tried',
    await runCommand([...check, '--target', server.url], at),
    1,
    /<- media +event\.connected\.part/,
    /! half-told: accepted without assigned: media arrived, and assigned did not within 0\.6 s \(two\.yaml:\d+:\d+ receive\[4\]\)/,
    /^partial message: accepted without assigned/m,
  );
  ends(
    t,
    'run',
    await runCommand(['run', 'accept.yaml', '--target', server.url, '--adapter', './two.yaml'], at),
    1,
    /partial +accepted without assigned/,
  );
});

t.test('what is wrong with parts', async (t) => {
  const problem = (from: string, to: string): string => {
    const text = TEXT.replace(from, to);
    t.not(text, TEXT, from);
    try {
      dialectOf(text, 'my.yaml');
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  t.match(
    problem('part: media', 'part: medya'),
    /receive\[3\]\.part {2}"medya" is not a part of any "together"; did you mean "media"\?/,
  );
  t.match(
    problem('part: media', 'part: medya'),
    /receive\[4\]\.together\[1\] {2}no rule has the part "media"; did you mean "medya"\?/,
  );
  t.match(problem('part: media', 'part: media\n    means: ringing'), /receive\[3\]\.means {2}a part has no meaning of its own/);
  t.match(problem('    means: accepted\n    within: 600ms', '    within: 600ms'), /receive\[4\] {2}missing key "means"/);
  t.match(problem('within: 600ms', 'whithin: 600ms'), /receive\[4\]\.whithin {2}unknown key "whithin"; did you mean "within"\?/);
  t.match(problem('[assigned, media]', '[assigned]'), /receive\[4\]\.together {2}too short; at least 2 entries/);
  t.match(problem('[assigned, media]', 'assigned'), /receive\[4\]\.together {2}must be a list, not text/);
});

const MADE = { run: 'r', device: 'd', url: 'ws://127.0.0.1:1', credentials: {} };

/** A session of one user without a server: what it makes of messages, as `kind` and what the client is told. */
function alone(text: string, user: string): { session: AdapterSession; say(message: object, now?: number): string[] } {
  const adapter = adapterOf(dialectOf(text, 'my.yaml'));
  const session = adapter.session(
    {
      ...MADE,
      user,
      rng: createRng('x'),
      addressOf: (one) => `${one}-r`,
      userAt: (one) => one.replace('-r', ''),
      wake: () => undefined,
    },
    () => ({}),
  );
  session.handle({ type: 'opened' }, 0);
  const words = (effects: readonly SessionEffect[]): string[] =>
    effects.flatMap((effect) =>
      effect.type === 'heard'
        ? [effect.heard.event]
        : effect.type === 'violation'
          ? [`${effect.code} ${effect.message.split(' (')[0]}`]
          : [],
    );
  return {
    session,
    say: (message, now = 0) => {
      const line = JSON.stringify(message);
      return [session.read(line).kind, ...words(session.handle({ type: 'message', text: line }, now))];
    },
  };
}

const call = (key: string): CallHandle => ({ key, id: key, side: 'caller', peer: 'bob' });

t.test('parts belong to their call, are forgotten with it, and say the whole again', async (t) => {
  const { session, say } = alone(TEXT, 'alice');
  const begin = (key: string, ticket: string): void => {
    session.handle({ type: 'deed', deed: { verb: 'call', call: call(key), description: null } }, 0);
    say({ type: 'queued', ticket });
  };
  const media = (ticket: string): object => ({ type: 'media', ticket, sdp: { type: 'answer', sdp: 'v=0' } });
  const assigned = (ticket: string): object => ({ type: 'assigned', ticket, operator: 'bob-r' });
  begin('a', 't1');
  t.strictSame(say(media('t1')), ['event.connected.part']);
  t.strictSame(
    session
      .handle({ type: 'deed', deed: { verb: 'cancel', call: call('a') } }, 1)
      .flatMap((effect) => (effect.type === 'violation' ? [effect.message] : [])),
    ['accepted without assigned: media arrived, and assigned did not before the end of the call (my.yaml:67:5 receive[4])'],
  );
  begin('b', 't2');
  t.strictSame(say(assigned('t2')), ['event.connected.part'], 'the half of another call does not count');
  t.strictSame(say(media('t2')), ['event.connected', 'accepted']);
  t.strictSame(say(media('t2')), ['event.connected', 'accepted'], 'twice is twice');
  t.strictSame(say(assigned('t1')), ['event.connected', 'accepted'], 'an answer after the end, in two halves, is one as well');
  begin('c', 't3');
  t.strictSame(say(assigned('t3'), 100), ['event.connected.part']);
  t.equal(session.deadline(), 700);
  t.match(session.handle({ type: 'tick' }, 700), [{ type: 'violation', code: 'half-told', key: 'c' }]);
  t.strictSame(session.handle({ type: 'tick' }, 900), [], 'once');
  t.strictSame(say(media('t3'), 1_000), ['event.connected', 'accepted'], 'late is not never');
});

t.test('a call that comes in as two messages', async (t) => {
  const text = `dialect: 1
name: two
login: []
calls: { id: server }
actions: { call: [{ send: { type: call } }], accept: [{ send: { type: accept } }] }
receive:
  - { when: { $.type: invite }, part: invite, take: { call.id: $.id, from: $.from } }
  - { when: { $.type: offer }, part: offer, take: { call.id: $.id, sdp: $.sdp } }
  - { together: [invite, offer], means: incoming, within: 1s }
  - { when: { $.type: answer }, means: accepted, take: { call.id: $.id } }
  - { when: { $.type: bye }, means: ended, take: { call.id: $.id } }
`;
  const { session, say } = alone(text, 'bob');
  const offer = (id: string): object => ({ type: 'offer', id, sdp: 'v=0' });
  const invite = (id: string): object => ({ type: 'invite', id, from: 'alice-r' });
  t.strictSame(say(offer('1')), ['event.inviting.part']);
  t.strictSame(say(invite('2')), ['event.inviting.part'], 'of another call');
  t.strictSame(say(invite('1')), ['event.inviting', 'incoming']);
  t.strictSame(say({ type: 'bye', id: '1' }), ['event.ended', 'ended']);
  t.match(session.handle({ type: 'tick' }, 1_000), [
    { message: /incoming without offer: invite arrived, and offer did not within 1 s/ },
  ]);
  t.strictSame(say(offer('3')), ['event.inviting.part']);
  session.handle({ type: 'closed' }, 1_100);
  session.handle({ type: 'opened' }, 1_200);
  t.strictSame(say(invite('3')), ['event.inviting.part'], 'a half without a call is forgotten with the connection');
});
