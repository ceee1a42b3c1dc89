/** Tokens: which are taken, and what becomes of a connection whose token expires. */
import { SignJWT } from 'jose';
import t, { type Test } from 'tap';
import { LIMITS } from '../../src/protocol/limits.js';
import { CLOSE } from '../../src/protocol/reasons.js';
import { admit, mintToken } from '../../src/server/admission.js';
import { connectRaw, logIn } from '../raw-client.js';
import { connectCall, SECRET, serverTime, start } from './started.js';

interface Claims {
  readonly sub?: string;
  readonly exp?: number;
  readonly nbf?: number;
  readonly iss?: string;
}

/** A token whose times are seconds from now; null leaves the claim out. */
async function signed(
  { sub = 'ann', exp = 60, nbf, iss = 'call-probe' }: Claims,
  alg = 'HS256',
  secret = SECRET,
): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  const times = { ...(Number.isNaN(exp) ? {} : { exp: now + exp }), ...(nbf === undefined ? {} : { nbf: now + nbf }) };
  return new SignJWT({ sub, iss, ...times }).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret));
}

t.test('which tokens are taken', async (t) => {
  const tolerance = LIMITS.tokenToleranceMs / 1_000;
  const taken: readonly (readonly [string, string])[] = [
    ['a plain one', await signed({})],
    ['one of mintToken', await mintToken(SECRET, 'ann', 60)],
    ['one whose time has just come, by a clock that is a little fast', await signed({ nbf: tolerance - 2 })],
    ['one that has just expired, by a clock that is a little slow', await signed({ exp: 2 - tolerance })],
    ['a name in another alphabet', await signed({ sub: 'Žofie' })],
  ];
  for (const [name, token] of taken) t.match(await admit(SECRET, token), { ok: true }, name);
  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['expired', await signed({ exp: -tolerance - 5 }), /has expired/],
    ['of the future', await signed({ nbf: tolerance + 30 }), /not valid yet/],
    ['of another issuer', await signed({ iss: 'somebody' }), /another issuer/],
    ['of another secret', await signed({}, 'HS256', `${SECRET}!`), /another secret/],
    ['signed in another way', await signed({}, 'HS512'), /not from this server/],
    ['for ever', await signed({ exp: Number.NaN }), /never expires/],
    ['without a user', await signed({ sub: '' }), /names no user/],
    ['of a user who could be taken for a device', await signed({ sub: 'ann/phone' }), /slashes/],
    ['of a user with a line of its own in the log', await signed({ sub: 'ann\ninjected' }), /spaces/],
    ['of a user with a long name', await signed({ sub: 'a'.repeat(LIMITS.nameCharsMax + 1) }), /over 64 characters/],
    ['none', 'let me in', /not from this server/],
  ];
  for (const [name, token, message] of refused) {
    const admitted = await admit(SECRET, token);
    t.match(admitted, { ok: false, message }, name);
    t.notOk(JSON.stringify(admitted).includes(token.slice(0, 12)), `${name}: not repeated`);
  }
  const before = Date.now();
  const admitted = await admit(SECRET, await mintToken(SECRET, 'ann', 60));
  const after = Date.now();
  const expiresAt = admitted.ok ? admitted.expiresAt : 0;
  const mintedAt = expiresAt - 60_000 - LIMITS.tokenToleranceMs;
  t.ok(mintedAt > before - 1_000 && mintedAt <= after, 'good until it expires, to the second, and the tolerance');
});

/** A server whose clock can be put forward. It notices with the next frame that arrives. */
async function startWithClock(t: Test): Promise<{ url: string; forward(ms: number): void }> {
  let ahead = 0;
  const time = (): number => serverTime() + ahead;
  const { server } = await start(t, { time }, { silentMs: 1e9, graceMs: 1e9, helloMs: 1e9 });
  const forward = (ms: number): void => {
    ahead += ms;
  };
  return { url: server.url, forward };
}

t.test('a connection ends when its token does, its session and call do not', async (t) => {
  const { url, forward } = await startWithClock(t);
  const [ann, ben] = await connectCall(url, 'outlives', 'ann', 'ben');
  const cay = await connectRaw(url);
  cay.send({ type: 'hello', token: await signed({ sub: 'cay', exp: 60 }), device: 'phone' });
  const { session } = await cay.next('welcome');
  forward(60_000 + LIMITS.tokenToleranceMs);
  ann.send({ type: 'ping', at: 1 });
  t.equal((await cay.closed).code, CLOSE.tokenExpired.code);
  t.match(cay.received.at(-1), { type: 'error', code: CLOSE.tokenExpired.code });
  const back = await connectRaw(url);
  back.send({ type: 'hello', token: await signed({ sub: 'cay' }), device: 'phone', resume: { session, ack: 0 } });
  t.match(await back.next('welcome'), { session, resumed: true }, 'with a new token it goes on');
  t.ok(ann.isOpen() && ben.isOpen());
});

t.test('who greets again in time stays, as the same device only', async (t) => {
  const { url, forward } = await startWithClock(t);
  const short = await signed({ sub: 'cay', exp: 60 });
  const [stays, goes] = [await connectRaw(url), await connectRaw(url)];
  stays.send({ type: 'hello', token: short, device: 'phone' });
  goes.send({ type: 'hello', token: short, device: 'laptop' });
  const { session } = await stays.next('welcome');
  await goes.next('welcome');
  stays.send({ type: 'hello', token: await mintToken(SECRET, 'cay'), device: 'phone' });
  t.match(await stays.next('welcome'), { session, resumed: true });
  forward(60_000 + LIMITS.tokenToleranceMs);
  stays.send({ type: 'ping', at: 1 });
  t.equal((await goes.closed).code, CLOSE.tokenExpired.code);
  t.ok(stays.isOpen(), 'the one that greeted again outlives the first token');
  stays.command('invite', 'still-there', 'ann');
  t.match(await stays.next('result'), { ok: true }, 'in the same session, with its numbers');

  const changer = await logIn(url, SECRET, 'dan');
  changer.send({ type: 'hello', token: await mintToken(SECRET, 'eve'), device: 'phone' });
  t.equal((await changer.closed).code, CLOSE.badFrame.code, 'a connection does not change its user');
});

t.test('a bad token on an open connection ends it', async (t) => {
  const { server } = await start(t);
  const ann = await logIn(server.url, SECRET, 'ann');
  ann.send({ type: 'hello', token: await signed({ exp: -60 }), device: 'phone' });
  t.equal((await ann.closed).code, CLOSE.unauthorized.code);
});

t.test('one device more than a user may have', async (t) => {
  const { server } = await start(t);
  for (let count = 0; count < LIMITS.devicesPerUserMax; count++) await logIn(server.url, SECRET, 'ann', `d${count}`);
  const more = await connectRaw(server.url);
  more.send({ type: 'hello', token: await mintToken(SECRET, 'ann'), device: 'one-more' });
  t.equal((await more.closed).code, CLOSE.tooManyDevices.code);
  t.match(more.received.at(-1), { type: 'error', message: /16 devices/ });
});
