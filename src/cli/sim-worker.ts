/** A worker process of `call-probe sim`: runs seeds and reports the results. */
import { SOUND_PARTS } from '../sim/parts.js';
import { type Failure, NOTHING, plus, search, type Tally } from '../sim/search.js';
import { partsWithout } from '../sim/switches.js';

/** A range of seeds to run. */
export interface Chunk {
  readonly base: string;
  readonly from: number;
  readonly to: number;
  readonly without: readonly string[];
}

export type WorkerMessage =
  | { readonly type: 'done'; readonly tally: Tally; readonly failure: Failure | null }
  | { readonly type: 'broken'; readonly message: string };

/** Runs a chunk up to its first failure. */
export function runChunk({ base, from, to, without }: Chunk): WorkerMessage {
  let tally = NOTHING;
  let failure: Failure | null = null;
  for (const run of search(base, from, to, partsWithout(SOUND_PARTS, without))) {
    tally = plus(tally, run.tally);
    failure = run.failure;
  }
  return { type: 'done', tally, failure };
}

if (process.send !== undefined && process.argv[2] === 'chunks') {
  process.on('disconnect', () => process.exit());
  process.on('message', (chunk: Chunk) => {
    let message: WorkerMessage;
    try {
      message = runChunk(chunk);
    } catch (error) {
      message = { type: 'broken', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
    process.send?.(message);
  });
}
