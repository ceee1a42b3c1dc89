/** `call-probe init`: writes a first scenario and, for the user's own target, a first dialect; asks for missing values. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { dialectOf } from '../adapters/dialect/load.js';
import { STARTER_EVENTS, type StarterEvent, starterDialect } from '../adapters/dialect/starter.js';
import { nameOf } from '../probe/targets/remote.js';
import { CONFIG_FILE } from './config.js';
import { EXIT, UsageError } from './exit.js';
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

type Ask = (question: string, standard: string) => Promise<string>;

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

/** Runs `call-probe init` and resolves to its exit code. */
export async function initCommand(folder: string, flags: InitFlags): Promise<number> {
  const events = eventsOf(flags.event ?? []);
  const { ask, close } = asker(flags.yes === true || !process.stdin.isTTY);
  try {
    const target = webSocketUrl(flags.target ?? (await ask('What is the URL of the target?', 'ws://127.0.0.1:3000')));
    nameOf(target);
    const transport =
      flags.transport ?? transportOf(await ask(`Which protocol does it use? (${TRANSPORTS.join(', ')})`, 'socket.io'));
    const files = new Map([[join('scenarios', 'first-call.yaml'), FIRST_CALL]]);
    let adapter = 'callsync';
    if (transport !== 'callsync') {
      const name = flags.name ?? (await ask('What is the app called?', 'my-app'));
      if (!/^[\w.-]{1,64}$/.test(name))
        throw new UsageError(`--name ${JSON.stringify(name.slice(0, 80))} may have letters, digits and . _ -`);
      const typeField =
        flags.typeField ?? (transport === 'websocket' ? await ask('Which field of a message has its name?', 'type') : 'type');
      const named = { ...STARTER_EVENTS, ...events };
      for (const [what, standard] of Object.entries(named) as [StarterEvent, string][]) {
        if (events[what] === undefined)
          named[what] = (await ask(`What is the name of the message for "${what}"?`, standard)) as never;
      }
      const text = starterDialect({ name, transport, events: named, typeField });
      const file = `${name}.dialect.yaml`;
      // The written dialect has to be valid.
      dialectOf(text, file);
      files.set(file, text);
      adapter = `./${file}`;
    }
    files.set(CONFIG_FILE, `target: ${JSON.stringify(target)}\nadapter: ${JSON.stringify(adapter)}\n`);
    write(folder, files, flags.force === true);
    process.stdout.write(nextSteps(folder, [...files.keys()], target, adapter));
    return EXIT.held;
  } finally {
    close();
  }
}

/** Asks on the terminal; takes the default answers if there is no terminal. */
function asker(isSilent: boolean): { ask: Ask; close(): void } {
  if (isSilent) return { ask: async (_question, standard) => standard, close: () => undefined };
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  return {
    ask: async (question, standard) => (await lines.question(`${question} [${standard}] `)).trim() || standard,
    close: () => lines.close(),
  };
}

function transportOf(text: string): (typeof TRANSPORTS)[number] {
  const found = TRANSPORTS.find((one) => one === text);
  if (found === undefined) throw new UsageError(`${JSON.stringify(text.slice(0, 40))} is not one of ${TRANSPORTS.join(', ')}`);
  return found;
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
