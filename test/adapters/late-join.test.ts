/** Told again: a device that comes while a call rings, or whose app starts anew; at servers that ring once more, and at one that does not. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { dialectOf } from '../../src/adapters/dialect/load.js';
import { runScenario, type ScenarioResult } from '../../src/index.js';
import { CallBook } from '../../src/probe/adapter/call-book.js';
import { STANDARD_TRAITS } from '../../src/probe/adapter/port.js';
import { createRng } from '../../src/protocol/rng.js';
import { parseScenario } from '../../src/scenarios/language/load.js';
import { unmetLimits } from '../../src/scenarios/run/declared-limits.js';
import { PATIENT } from '../scenarios/files.js';
import { type CallCentreOptions, startCallCentre } from '../servers/callcentre/server.js';

const TEXT = readFileSync(fileURLToPath(new URL('../../../test/fixtures/dialects/callcentre.yaml', import.meta.url)), 'utf8');
const OFFER = '      - when: { $.type: offer }\n';
const PENDING = `      - when: { $.type: pending }
        means: still-ringing
        take: { call.id: $.ticket, from: $.customer, description: $.sdp }
`;
const WITH_PENDING = TEXT.replace(OFFER, PENDING + OFFER);
const HIDDEN = TEXT.replace('hides: [', 'hides: [late-join, ');
const PAIR = { media: 'none', agents: { alice: {}, bob: {} }, checks: PATIENT };
const TALK = [
  { bob: 'accept' },
  { expect: { both: 'connected', within: '2s' } },
  { alice: 'hang up' },
  { expect: { both: 'ended(hangup)', within: '2s' } },
];
const AWAY = {
  ...PAIR,
  name: 'the callee comes while it rings',
  steps: [
    { bob: 'go offline' },
    { wait: '200ms' },
    { alice: 'call bob' },
    { expect: { alice: 'ringing', within: '20s' } },
    { bob: 'come back' },
    { expect: { bob: 'ringing', within: '5s' } },
    ...TALK,
  ],
};
const ANEW = {
  ...PAIR,
  name: 'the app of the callee starts anew while it rings',
  steps: [
    { fault: { agent: 'bob', restart: '200ms', on: 'bob receives call' } },
    { alice: 'call bob' },
    { wait: '1s' },
    { expect: { both: 'ringing', within: '5s' } },
    ...TALK,
  ],
};

async function runWith(
  t: { teardown(end: () => unknown): void; testdir(files: Record<string, string>): string },
  text: string,
  options: CallCentreOptions,
  scenario: object,
): Promise<ScenarioResult> {
  const server = await startCallCentre(options);
  t.teardown(() => server.close());
  return runScenario(scenario, { target: server.url, adapter: `${t.testdir({ 'mine.yaml': text })}/mine.yaml` });
}

const said = ({ why, checks }: ScenarioResult): string =>
  why ?? checks.map(({ message, actual }) => `${message} ${actual}`).join('; ');

t.test('a server that rings again: as a new call does, or with a message of its own', async (t) => {
  t.not(WITH_PENDING, TEXT);
  for (const [tellsLate, text] of [
    ['offer', TEXT],
    ['pending', WITH_PENDING],
  ] as const) {
    for (const scenario of [AWAY, ANEW]) {
      const result = await runWith(t, text, { tellsLate }, scenario);
      t.equal(result.status, 'passed', `${tellsLate}, ${scenario.name}: ${said(result)}`);
      t.equal(result.unmapped, undefined);
    }
  }
});

t.test('a server that does not: found, or skipped where it is so by design', async (t) => {
  for (const scenario of [AWAY, ANEW]) {
    const found = await runWith(t, TEXT, { tellsLate: 'nothing' }, scenario);
    t.equal(found.status, 'failed', scenario.name);
    t.match(said(found), /bob=idle/);
    const skipped = await runWith(t, HIDDEN, { tellsLate: 'nothing' }, scenario);
    t.equal(skipped.status, 'skipped');
    t.match(
      skipped.why,
      /declared limit: a device that joins late, or restarts, is not notified of an existing call, and bob is one/,
    );
  }
});

t.test('which scenarios need it', async (t) => {
  const why = (steps: object[], agents: object = { alice: {}, bob: {} }): string | null =>
    unmetLimits(parseScenario({ name: 'x', agents, steps }), { ...STANDARD_TRAITS, hides: ['late-join'] });
  const ring = { alice: 'call bob' };
  const both = (state: string): object => ({ expect: { both: state } });
  t.equal(why([ring, both('ringing'), { bob: 'accept' }, both('connected')]), null);
  t.equal(why([{ bob: 'go offline' }, ring, { expect: { alice: 'ended(unreachable)' } }]), null);
  t.match(why([{ bob: 'go offline' }, ring, { bob: 'come back' }, both('ringing')]), /^steps\[3\]: declared limit:/);
  t.equal(
    why([ring, both('ringing'), { alice: 'go offline' }, { alice: 'come back' }, both('connected')]),
    null,
    'the app knows its call',
  );
  t.equal(
    why([{ bob: 'go offline' }, ring, { alice: 'cancel' }, { bob: 'come back' }, ring, both('ringing')]),
    null,
    'he is back by then',
  );
  t.match(why([ring, { 'bob.laptop': 'open' }, { 'bob.laptop': 'accept' }]), /^steps\[2\].*bob is one/);
  t.match(why([ring, both('connected'), { fault: { agent: 'bob', restart: '200ms' } }, both('connected')]), /^steps\[3\]/);
  t.match(why([ring, both('ringing'), { fault: { agent: 'alice', crash: '200ms' } }, both('connected')]), /alice is one/);
  t.equal(why([ring, { fault: { agent: 'bob', restart: '200ms' } }, { alice: 'cancel' }, both('ended')]), null);
});

t.test('which call it is that rings again', async (t) => {
  const book = new CallBook(createRng('book'), ['alice', 'bob'], (user) => `${user}-7`);
  const call = book.begin('alice', 'bob');
  t.equal(book.arriving('bob/phone', 'bob', null, 'alice'), call);
  t.equal(book.arriving('bob/phone', 'bob', null, 'alice', true), call, 'the one that he knows already');
  book.forget('bob/phone');
  t.equal(book.arriving('bob/phone', 'bob', null, 'alice'), call, 'after a new start the one that he knew');
  t.not(book.arriving('bob/phone', 'bob', null, 'alice'), call, 'as a new call it is another one');
  t.throws(() => dialectOf(WITH_PENDING.replace('hides: [', 'hides: [late-join, '), 'my.yaml'), {
    message: /byDesign\.hides {2}"late-join", and a message means "still-ringing"; remove one of them/,
  });
});
