/** What is run when nothing else is said. */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** The suite that is built in, for whoever names no paths and has no folder `scenarios` of his own. */
export const BUILT_IN_SUITE = fileURLToPath(new URL('../../../scenarios', import.meta.url));

/** Scenarios wait more than they work: one more at a time than there are cores, within reason. */
export const DEFAULT_WORKERS = Math.min(4, availableParallelism() + 1);
