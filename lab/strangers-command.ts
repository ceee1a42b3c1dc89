/** `npm run lab -- strangers`: whether the bugs of servers that speak in their own ways are found, with the right first cause, each time. */

import { EXIT, UsageError } from '../src/cli/exit.js';
import { withInterrupt } from '../src/cli/interrupt.js';
import { nameOf, type StrangerCase } from '../test/strangers/case.js';
import { CASES } from '../test/strangers/cases.js';
import { type Outcome, play } from '../test/strangers/play.js';
import { type StrangerRow, strangerRows, strangersText, sumOf } from './strangers-table.js';

export interface StrangersFlags {
  readonly repeat: number;
  readonly workers: number;
  readonly out?: string;
}

/** Resolves to the exit code: 1 when a bug is missed, a first cause is wrong or not the same each time, or a healthy server fails. */
export async function strangersCommand(names: readonly string[], flags: StrangersFlags): Promise<number> {
  const cases = chosenCases(names);
  const { repeat, workers, out } = flags;
  let isCut = false;
  const outcomes = await withInterrupt(async (signal): Promise<Outcome[]> => {
    const options = { lanes: workers, signal, repeat, done: progress(), ...(out === undefined ? {} : { out }) };
    const played = await play(cases, options);
    isCut = signal.aborted;
    return played;
  });
  const rows = strangerRows(outcomes);
  process.stdout.write(strangersText(rows));
  if (isCut) return EXIT.interrupted;
  process.stdout.write(`\n${sumOf(rows)}\n`);
  return rows.every(isAsExpected) ? EXIT.held : EXIT.failed;
}

const isAsExpected = ({ verdict, isSame }: StrangerRow): boolean => isSame && (verdict === 'right' || verdict === 'silent');

/** The cases of these servers, and those of these names; all when there is none. Throws a UsageError for a name that is unknown. */
function chosenCases(names: readonly string[]): readonly StrangerCase[] {
  const fits = (one: StrangerCase, name: string): boolean => nameOf(one) === name || one.server.name === name;
  const unknown = names.find((name) => !CASES.some((one) => fits(one, name)));
  if (unknown !== undefined) {
    const known = [...new Set(CASES.map(nameOf))].join(', ');
    throw new UsageError(`there is no case ${JSON.stringify(unknown)}; known are ${known}`);
  }
  return names.length === 0 ? CASES : CASES.filter((one) => names.some((name) => fits(one, name)));
}

function progress(): (outcome: Outcome) => void {
  let count = 0;
  return () => {
    count++;
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${count} runs`);
  };
}
