/** Coverage of processes that tests start. */

/**
 * This environment, with which a process and those that it starts tell at their end which lines they ran, where coverage
 * is measured at all. To be used for one start of each kind: telling takes time.
 */
export function measured(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const option = process.env['MEASURE'];
  return option === undefined ? env : { ...env, NODE_OPTIONS: option };
}
