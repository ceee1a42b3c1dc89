/** Defaults of `run`. */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** The built-in suite, used without paths and without a folder `scenarios`. */
export const BUILT_IN_SUITE = fileURLToPath(new URL('../../../scenarios', import.meta.url));

/** Scenarios mostly wait: one more worker than cores, within limits. */
export const DEFAULT_WORKERS = Math.min(4, availableParallelism() + 1);
