/** Further attempts at a server that goes on: the users of one do not meet what another has left. */
import t from 'tap';
import { loadAdapter } from '../../src/adapters/load.js';
import type { Adapter } from '../../src/probe/adapter/port.js';
import { startTutorialServer } from '../servers/tutorial/server.js';
import { run } from './running.js';

t.test('each attempt has users of its own', async (t) => {
  const server = await startTutorialServer();
  t.teardown(() => server.close());
  const adapter = await loadAdapter('tutorial-socketio');
  if (adapter === null) throw new Error('no adapter');
  const asked = async (retries: number): Promise<string[]> => {
    const ids = new Set<string>();
    const noted: Adapter = {
      ...adapter,
      identify(user, context) {
        const id = adapter.identify(user, context);
        if (!/preflight/.test(id)) ids.add(id);
        return id;
      },
    };
    const never = {
      name: 'nobody answers',
      media: 'none',
      agents: { alice: {}, bob: {} },
      steps: [{ alice: 'call bob' }, { expect: { both: 'connected', within: '50ms' } }],
    };
    const foreign = { adapter: noted, socket: {}, credentials: new Map() };
    const report = await run([never], { target: server.url, foreign, retries });
    t.equal(report.scenarios[0]?.status, 'failed');
    t.equal(report.scenarios[0]?.repetitions[0]?.attempts, retries + 1);
    return [...ids].filter((id) => id.startsWith('alice'));
  };
  t.equal((await asked(0)).length, 1);
  t.equal((await asked(2)).length, 3);
});
