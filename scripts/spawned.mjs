/**
 * Loaded by every test process (see .taprc): what it starts runs as it does for users, without tap's loader. The loader
 * makes the start of a process twice as long and writes megabytes at its end, and tap puts it back into NODE_OPTIONS of
 * every spawn, whatever the test says. Which processes count for coverage is said in test/coverage.ts.
 */
import spawns from 'process-on-spawn';

const LOADER = /"?--(?:import|loader)=[^ "]*@tapjs\/processinfo[^ "]*"?/g;

// What `fork` hands on when it is told nothing: tap's loader again, and this file.
process.execArgv = [];
// After tap's own listener, since this file is loaded after tap's loader.
spawns.addListener((spawned) => {
  const { NODE_OPTIONS = '', ...env } = spawned.env;
  const options = NODE_OPTIONS.replace(LOADER, '').trim();
  spawned.env = options === '' ? env : { ...env, NODE_OPTIONS: options };
});
