/** A hub that is started again goes on where the one before was ended, in every phase of a call. */
import t from 'tap';
import { LIMITS } from '../../../src/protocol/limits.js';
import { DurableHub, type Link } from './durable-hub.js';

/** Two users with a phone each, and a call as far as `phase`. All that was sent is acknowledged. */
function callIn(phase: 'inviting' | 'ringing' | 'connected' | 'ended', server = new DurableHub()): Sides {
  const ann = server.connect('ann', 'phone');
  const ben = server.connect('ben', 'phone');
  ann.command('invite', 'call', { to: 'ben' });
  if (phase !== 'inviting') ben.command('ring', 'call');
  if (phase === 'connected' || phase === 'ended') ben.command('accept', 'call');
  if (phase === 'ended') ann.command('hangup', 'call');
  for (const side of [ann, ben]) side.ack();
  const sessions = { ann: ann.welcome.session, ben: ben.welcome.session };
  return { server, sessions, acks: { ann: ann.lastSeq, ben: ben.lastSeq } };
}

interface Sides {
  readonly server: DurableHub;
  readonly sessions: Readonly<Record<'ann' | 'ben', string>>;
  readonly acks: Readonly<Record<'ann' | 'ben', number>>;
}

function back({ server, sessions, acks }: Sides, user: 'ann' | 'ben'): Link {
  return server.connect(user, 'phone', { session: sessions[user], ack: acks[user] });
}

for (const phase of ['inviting', 'ringing', 'connected', 'ended'] as const) {
  t.test(`started again while ${phase}`, async (t) => {
    const sides = callIn(phase);
    const { server } = sides;
    const before = server.record('call', 'ann');
    t.equal(before?.phase, phase, 'the call is where the test wants it');
    const census = server.hub.census();
    const busy = server.hub.busyUsers();
    server.restart(1_000);
    t.strictSame(server.record('call', 'ann'), before, 'the record is the same to the last field');
    t.strictSame(server.hub.census(), { ...census, connections: 0 }, 'sessions, live calls and busy users too');
    t.strictSame(server.hub.busyUsers(), busy, 'the same users are busy');
    const [ann, ben] = [back(sides, 'ann'), back(sides, 'ben')];
    for (const side of [ann, ben]) {
      t.equal(side.welcome.resumed, true, 'both go on with their sessions');
      t.strictSame(side.welcome.calls, [before], 'and are told of the call');
      t.strictSame(side.phases, [], 'what was acknowledged does not come again');
    }
    if (phase === 'ended') return;
    const [move, actor, other] = { inviting: ['ring', ben, ann], ringing: ['accept', ben, ann], connected: ['hangup', ann, ben] }[
      phase
    ] as ['ring' | 'accept' | 'hangup', Link, Link];
    const result = actor.command(move, 'call');
    t.match(result, { ok: true, record: { version: (before?.version ?? 0) + 1 } }, `${move} goes on from there`);
    t.equal(other.all('event').at(-1)?.record.version, (before?.version ?? 0) + 1, 'the other side is told');
    other.receipt('call', (before?.version ?? 0) + 1);
    t.equal(actor.all('receipt').length, 1, 'and its receipt finds the mover');
  });
}

t.test('the receipt of a version from before finds the device that made it', async (t) => {
  const sides = callIn('connected');
  sides.server.restart();
  const [ann, ben] = [back(sides, 'ann'), back(sides, 'ben')];
  ann.receipt('call', 3);
  t.match(ben.all('receipt'), [{ call: 'call', version: 3, device: { user: 'ann', device: 'phone' } }]);
});

t.test('two devices of the callee: the one that did not answer stays out', async (t) => {
  const server = new DurableHub();
  const ann = server.connect('ann', 'phone');
  const devices = [server.connect('ben', 'phone'), server.connect('ben', 'tablet')] as const;
  ann.command('invite', 'call', { to: 'ben' });
  for (const device of devices) device.command('ring', 'call');
  devices[1].command('accept', 'call');
  const sessions = devices.map((device) => device.welcome.session);
  const acks = devices.map((device) => device.lastSeq);
  server.restart();
  const phone = server.connect('ben', 'phone', { session: sessions[0] ?? '', ack: acks[0] ?? 0 });
  const tablet = server.connect('ben', 'tablet', { session: sessions[1] ?? '', ack: acks[1] ?? 0 });
  t.equal(phone.welcome.calls[0]?.callee.device, 'tablet');
  t.match(phone.command('accept', 'call'), { ok: false, refused: 'answered-elsewhere' });
  t.match(phone.command('hangup', 'call'), { ok: false, refused: 'answered-elsewhere' });
  t.match(tablet.command('hangup', 'call'), { ok: true });
});

t.test('what was not acknowledged comes again under its numbers, what was does not', async (t) => {
  const server = new DurableHub();
  const ann = server.connect('ann', 'phone');
  const ben = server.connect('ben', 'phone');
  ann.command('invite', 'call', { to: 'ben' });
  ben.ack();
  const acknowledged = ben.lastSeq;
  ben.command('ring', 'call');
  ben.command('accept', 'call');
  const numbered = (link: Link, above: number): unknown[] =>
    link.received.flatMap((frame) => ('seq' in frame && frame.seq > above ? [{ ...frame, ack: undefined }] : []));
  const open = numbered(ben, acknowledged);
  const { session } = ben.welcome;
  t.ok(open.length >= 4, 'results and events are open');
  server.restart();
  const again = server.connect('ben', 'phone', { session, ack: acknowledged });
  t.strictSame(numbered(again, 0), open);
});

t.test('a command that is repeated after the restart gets the same answer and moves nothing', async (t) => {
  const sides = callIn('ringing');
  const { server } = sides;
  const before = back(sides, 'ben');
  const first = before.command('accept', 'call', { id: 'the-accept' });
  const refused = before.command('reject', 'call', { id: 'the-reject' });
  t.match([first, refused], [{ ok: true }, { ok: false, refused: 'already-connected' }]);
  const record = server.record('call', 'ben');
  server.restart();
  // The device lost its session too: it comes anew and says again what it has no answer to.
  const ben = server.connect('ben', 'phone');
  t.equal(ben.welcome.resumed, false);
  const strip = (result: object | undefined): unknown => ({ ...result, seq: 0, ack: 0 });
  t.strictSame(strip(ben.command('accept', 'call', { id: 'the-accept' })), strip(first));
  t.strictSame(strip(ben.command('reject', 'call', { id: 'the-reject' })), strip(refused));
  t.strictSame(server.record('call', 'ben'), record);
});

t.test('remembered results stay bounded, and the oldest is forgotten first, also after a restart', async (t) => {
  const server = new DurableHub();
  const ann = server.connect('ann', 'phone');
  const ask = (link: Link, index: number): void => {
    link.command('hangup', 'none', { id: `command-${index}` });
    link.ack();
  };
  const results = (): string[] => server.keys().filter((key) => key.startsWith('result:'));
  for (let index = 0; index < LIMITS.commandResultsMax; index++) ask(ann, index);
  t.equal(results().length, LIMITS.commandResultsMax);
  server.restart();
  const again = server.connect('ann', 'phone');
  ask(again, 1_000);
  t.equal(results().length, LIMITS.commandResultsMax);
  t.notOk(results().includes('result:ann/phone/command-0'));
  t.ok(results().includes('result:ann/phone/command-1'));
  t.ok(results().includes('result:ann/phone/command-1000'));
});

t.test('a deadline that passed while the server was down counts at once', async (t) => {
  for (const [phase, reason] of [
    ['inviting', 'unreachable'],
    ['ringing', 'missed'],
  ] as const) {
    const sides = callIn(phase);
    sides.server.restart(60_000);
    t.equal(sides.server.hub.deadline(), sides.server.now, `${phase}: due now`);
    sides.server.pass(0);
    t.match(sides.server.record('call', 'ann'), { phase: 'ended', reason }, phase);
    t.equal(back(sides, 'ann').all('event').at(-1)?.record.reason, reason, 'and who comes back is told');
  }
});

t.test('a deadline that has not passed stays where it was', async (t) => {
  const sides = callIn('ringing');
  const { server } = sides;
  server.restart(40_000);
  back(sides, 'ann');
  back(sides, 'ben');
  server.pass(server.waits.ringMs - 40_000 - 1);
  t.equal(server.record('call', 'ann')?.phase, 'ringing');
  server.pass(1);
  t.match(server.record('call', 'ann'), { phase: 'ended', reason: 'missed' });
});

t.test('a clock that was set back makes nobody wait longer than the whole wait', async (t) => {
  const sides = callIn('ringing');
  const { server } = sides;
  server.restart(-3_600_000);
  t.equal(server.hub.deadline(), server.now + server.waits.graceMs);
  for (const user of ['ann', 'ben'] as const) back(sides, user);
  for (let passed = 0; passed < server.waits.ringMs; passed += 5_000) {
    server.pass(5_000);
    for (const conn of [...server.told.keys()]) server.feed({ type: 'frame', conn, frame: { type: 'ping', at: 0 } });
  }
  t.match(server.record('call', 'ann'), { phase: 'ended', reason: 'missed' });
});

t.test('grace begins anew: however long the server was down, devices have their time to come back', async (t) => {
  const sides = callIn('connected');
  const { server } = sides;
  server.restart(3_600_000);
  server.pass(server.waits.graceMs - 1);
  t.equal(server.record('call', 'ann')?.phase, 'connected');
  back(sides, 'ann');
  server.pass(1);
  t.match(server.record('call', 'ann'), { phase: 'ended', reason: 'peer-lost' }, 'the one who did not come ends it');
});

t.test('what is over leaves the store', async (t) => {
  const sides = callIn('ended');
  const { server } = sides;
  const keys = server.keys();
  t.strictSame(
    keys.map((key) => key.split('/')[0]),
    ['call:call', 'result:ann', 'result:ann', 'result:ben', 'result:ben', 'session:ann', 'session:ben'],
  );
  server.restart();
  server.pass(server.waits.graceMs);
  t.strictSame(server.keys(), ['call:call'], 'sessions go with their grace');
  server.pass(server.waits.endedMs);
  t.strictSame(server.keys(), [], 'an ended call with its time to be read');
});

t.test('a session keeps its calls out of others: a restart twice in a row changes nothing', async (t) => {
  const sides = callIn('connected');
  const kept = JSON.stringify([...sides.server.store.load()]);
  sides.server.restart();
  sides.server.restart();
  t.equal(JSON.stringify([...sides.server.store.load()]), kept, 'restoring writes nothing');
  t.match(back(sides, 'ben').command('hangup', 'call'), { ok: true });
});
