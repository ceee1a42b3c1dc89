/** Coverage of processes that tests start. */
import { join } from 'node:path';

/**
 * This environment, with which a process and those that it starts tell at their end which lines they ran. To be used for
 * one start of each kind: a process that tells takes half as long again, and what it writes is read at the end of all tests.
 */
export function measured(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const root = process.env['_TAPJS_PROCESSINFO_CWD_'];
  return root === undefined ? env : { ...env, NODE_V8_COVERAGE: join(root, '.tap', 'coverage') };
}
