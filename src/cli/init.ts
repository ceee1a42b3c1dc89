/** `call-probe init`: writes a first scenario and, for the user's own target, a first dialect; asks for missing values. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dialectOf } from '../adapters/dialect/load.js';
import { STARTER_EVENTS, type StarterEvent, starterDialect } from '../adapters/dialect/starter.js';
import { nameOf } from '../probe/targets/remote.js';
import { CONFIG_FILE } from './config.js';
import { EXIT, UsageError } from './exit.js';
import { answered, ask, type Question, type Read } from './questions.js';
import { webSocketUrl } from './target-url.js';

interface InitFlags {
  readonly target?: string;
  readonly transport?: 'callsync' | 'websocket' | 'socket.io';
  readonly name?: string;
  readonly typeField?: string;
  readonly event?: readonly string[];
  readonly yes?: boolean;
  readonly force?: boolean;
}

const TRANSPORTS = ['callsync', 'websocket', 'socket.io'] as const;

const FIRST_CALL = `name: a first call is answered, both sides are connected
tags: [first]
agents: { alice: {}, bob: {} }
steps:
  - alice: call bob
  - expect: { both: ringing, within: 5s }
  - bob: accept
  - expect: { both: connected, within: 5s }
  - wait: 500ms
  - alice: hang up
  - expect: { both: ended, within: 5s }
`;

/** Where questions are asked. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly isInteractive: boolean;
}

function ownTerminal(): Terminal {
  return { input: process.stdin, output: process.stdout, isInteractive: process.stdin.isTTY };
}

/** What is asked, in order. */
interface Answers {
  target: string;
  transport: (typeof TRANSPORTS)[number];
  name: string;
  typeField: string;
  readonly events: Record<StarterEvent, string>;
}

/** Runs `call-probe init` and resolves to its exit code. */
export async function initCommand(folder: string, flags: InitFlags, terminal: Terminal = ownTerminal()): Promise<number> {
  const given = eventsOf(flags.event ?? []);
  const answers: Answers = {
    target: flags.target ?? 'ws://127.0.0.1:3000',
    transport: flags.transport ?? 'callsync',
    name: flags.name ?? 'my-app',
    typeField: flags.typeField ?? 'type',
    events: { ...STARTER_EVENTS, ...given },
  };
  // A value of a flag is checked where it is given.
  for (const [flag, value, read] of [
    ['--target', flags.target, readTarget],
    ['--name', flags.name, readName],
    ['--type-field', flags.typeField, readField],
  ] as const) {
    const checked = value === undefined ? null : read(value);
    if (checked !== null && !checked.ok) throw new UsageError(`${flag} ${JSON.stringify(value?.slice(0, 80))}: ${checked.why}`);
  }
  const isOwn = (): boolean => answers.transport !== 'callsync';
  const events = (Object.keys(STARTER_EVENTS) as StarterEvent[]).filter((what) => given[what] === undefined);
  const questions: Question[] = [
    ask(
      flags.target,
      'What is the URL of the target?',
      () => answers.target,
      readTarget,
      (text) => {
        answers.target = text;
      },
    ),
    ask(
      flags.transport,
      `Which protocol does it use? (${TRANSPORTS.join(', ')})`,
      () => transportFor(answers.target),
      readTransport,
      (transport) => {
        answers.transport = transport;
      },
    ),
    ask(
      flags.name,
      'What is the app called?',
      () => answers.name,
      readName,
      (name) => {
        answers.name = name;
      },
      isOwn,
    ),
    ask(
      flags.typeField,
      'Which field of a message has its name?',
      () => answers.typeField,
      readField,
      (field) => {
        answers.typeField = field;
      },
      () => answers.transport === 'websocket',
    ),
    ...events.map((what) =>
      ask(
        undefined,
        `What is the name of the message for "${what}"?`,
        () => answers.events[what],
        readEvent,
        (name) => {
          answers.events[what] = name;
        },
        isOwn,
      ),
    ),
  ];
  if (flags.yes === true || !terminal.isInteractive) answers.transport = flags.transport ?? transportFor(answers.target);
  else if (!(await answered(questions, terminal))) return EXIT.interrupted;
  return written(folder, { ...answers, target: webSocketUrl(answers.target) }, flags.force === true);
}

function written(folder: string, { target, transport, name, typeField, events }: Answers, isForced: boolean): number {
  const files = new Map([[join('scenarios', 'first-call.yaml'), FIRST_CALL]]);
  let adapter = 'callsync';
  if (transport !== 'callsync') {
    const text = starterDialect({ name, transport, events, typeField });
    const file = `${name}.dialect.yaml`;
    // The written dialect has to be valid.
    dialectOf(text, file);
    files.set(file, text);
    adapter = `./${file}`;
  }
  files.set(CONFIG_FILE, `target: ${JSON.stringify(target)}\nadapter: ${JSON.stringify(adapter)}\n`);
  write(folder, files, isForced);
  process.stdout.write(nextSteps(folder, [...files.keys()], target, adapter));
  return EXIT.held;
}

/** The usual protocol behind a URL: Socket.IO is reached by HTTP. */
function transportFor(target: string): (typeof TRANSPORTS)[number] {
  return /^wss?:/i.test(target) && !/socket\.?io/i.test(target) ? 'websocket' : 'socket.io';
}

function readTarget(text: string): Read<string> {
  try {
    nameOf(webSocketUrl(text));
    return { ok: true, value: text };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  }
}

function readTransport(text: string): Read<(typeof TRANSPORTS)[number]> {
  const found = TRANSPORTS.find((one) => one === text.toLowerCase());
  if (found !== undefined) return { ok: true, value: found };
  return { ok: false, why: `it is not one of ${TRANSPORTS.join(', ')}` };
}

function readName(text: string): Read<string> {
  return /^[\w.-]{1,64}$/.test(text) ? { ok: true, value: text } : { ok: false, why: 'it may have letters, digits and . _ -' };
}

function readField(text: string): Read<string> {
  return /^[\w$-]{1,64}$/.test(text)
    ? { ok: true, value: text }
    : { ok: false, why: 'it is the name of one field, such as type' };
}

function readEvent(text: string): Read<string> {
  return /^[^\p{C}]{1,64}$/u.test(text) ? { ok: true, value: text } : { ok: false, why: 'it has 1 to 64 characters' };
}

function eventsOf(given: readonly string[]): Partial<Record<StarterEvent, string>> {
  const known = Object.keys(STARTER_EVENTS);
  return Object.fromEntries(
    given.map((text) => {
      const [what = '', ...rest] = text.split('=');
      if (known.includes(what) && rest.join('=') !== '') return [what, rest.join('=')];
      throw new UsageError(
        `--event ${JSON.stringify(text.slice(0, 60))}: write WHAT=NAME, where WHAT is one of ${known.join(', ')}`,
      );
    }),
  );
}

function write(folder: string, files: ReadonlyMap<string, string>, isForced: boolean): void {
  const there = [...files.keys()].filter((file) => existsSync(join(folder, file)));
  if (there.length > 0 && !isForced) throw new UsageError(`${there.join(', ')}: exists already; --force overwrites`);
  for (const [file, text] of files) {
    const path = join(folder, file);
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    } catch (error) {
      throw new UsageError(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function nextSteps(folder: string, files: readonly string[], target: string, adapter: string): string {
  const enter = folder === '.' ? '' : `cd ${folder}\n`;
  const check = adapter === 'callsync' ? '' : `npx call-probe dialect check ${adapter} --target ${target}\n`;
  return `wrote ${files.map((file) => join(folder, file)).join(', ')}\n\nnext:\n${enter}${check}npx call-probe run\n`;
}
