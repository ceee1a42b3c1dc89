/** The questions of `init`: a wrong answer is asked for again, one can go back, and Ctrl-C ends it quietly. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import t, { type Test } from 'tap';
import { dialectOf } from '../../src/adapters/dialect/load.js';
import { EXIT } from '../../src/cli/exit.js';
import { initCommand } from '../../src/cli/init.js';

interface Session {
  /** Resolves once the text has been printed since the last time. */
  prints(text: string): Promise<void>;
  type(text: string): void;
  readonly printed: () => string;
  readonly code: Promise<number>;
}

function session(t: Test, folder: string, flags: Parameters<typeof initCommand>[1] = {}): Session {
  const input = new PassThrough();
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 200 });
  let all = '';
  let from = 0;
  let look = (): void => undefined;
  output.on('data', (data: Buffer) => {
    all += data.toString();
    look();
  });
  t.teardown(() => input.end());
  return {
    prints: (text) =>
      new Promise((resolve) => {
        look = () => {
          const at = all.indexOf(text, from);
          if (at < 0) return;
          from = at + text.length;
          look = () => undefined;
          resolve();
        };
        look();
      }),
    type: (text) => void input.write(text),
    printed: () => all,
    code: initCommand(folder, flags, { input, output, isInteractive: true }),
  };
}

const fileIn = (folder: string, name: string): string => readFileSync(join(folder, name), 'utf8');

t.test('questions, a typo, and the way back', async (t) => {
  const folder = t.testdir();
  const { prints, type, code, printed } = session(t, folder);
  await prints('What is the URL of the target? [ws://127.0.0.1:3000] ');
  type('127.0.0.1:8080\r');
  await prints('"127.0.0.1:8080": ');
  await prints('What is the URL of the target? ');
  type('ws://127.0.0.1:8080\r');
  await prints('Which protocol does it use? (callsync, websocket, socket.io) [websocket] ');
  type('websokket\r');
  await prints('"websokket": it is not one of callsync, websocket, socket.io');
  await prints('[websocket] ');
  type('\r');
  await prints('What is the app called? [my-app] ');
  type('bell\r');
  await prints('Which field of a message has its name? [type] ');
  type('back\r');
  await prints('What is the app called? [bell] ');
  type('doorbell\r');
  await prints('Which field of a message has its name? [type] ');
  type('t\r');
  for (const what of [
    'login',
    'call',
    'incoming',
    'ringing',
    'accept',
    'accepted',
    'reject',
    'rejected',
    'end',
    'ended',
    'failed',
  ]) {
    await prints(`What is the name of the message for "${what}"?`);
    type(what === 'call' ? 'dial\r' : '\r');
  }
  await prints('"candidate"?');
  type('\r');
  t.equal(await code, EXIT.held, printed());
  const text = fileIn(folder, 'doorbell.dialect.yaml');
  const dialect = dialectOf(text, 'doorbell.dialect.yaml');
  t.strictSame(
    dialect.messageName.map((path) => path.text),
    ['$["t"]'],
    'messages are named by that field',
  );
  t.match(text, /send: \{ "t": "dial", to:/);
  t.match(text, /when: \{ "\$\[\\"t\\"\]": "call-made" \}/);
  t.match(fileIn(folder, 'call-probe.yaml'), /target: "ws:\/\/127\.0\.0\.1:8080"/);
});

t.test('the protocol follows from the URL', async (t) => {
  const of = async (target: string): Promise<string> => {
    const { prints, type, code, printed } = session(t, t.testdir(), { target });
    await prints('Which protocol');
    await prints('] ');
    type('\u0003');
    t.equal(await code, EXIT.interrupted);
    return /\[(callsync|websocket|socket\.io)\]/.exec(printed())?.[1] ?? '';
  };
  t.equal(await of('wss://calls.example/ws'), 'websocket');
  t.equal(await of('https://calls.example'), 'socket.io');
  t.equal(await of('wss://calls.example/socket.io/'), 'socket.io');
});

t.test('Ctrl-C and the end of the input write nothing', async (t) => {
  for (const key of ['\u0003', '\u0004']) {
    const folder = t.testdir();
    const { prints, type, code, printed } = session(t, folder);
    await prints('What is the URL of the target? ');
    type(key);
    t.equal(await code, EXIT.interrupted);
    t.notMatch(printed(), /Error|at .+:\d+:\d+/);
    t.notOk(existsSync(join(folder, 'scenarios')));
  }
});
