/** What tests beside staging start from: its server, its dialect, and a call to try both with. */
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { type StagingOptions, type StagingServer, startStaging } from './server.js';

export const DIALECT = fileURLToPath(new URL('../../../../test/fixtures/dialects/staging.yaml', import.meta.url));

export const DECLINE = `name: decline
media: none
agents: { alice: {}, bob: {} }
checks: { latency: { reject-to-ended: { max: 20s } } }
steps:
  - alice: call bob
  - expect: { both: ringing, within: 20s }
  - bob: reject
  - expect: { both: ended(rejected), within: 20s }
`;

/** A server that ends with the test. */
export async function staging(t: Test, options: StagingOptions = {}): Promise<StagingServer> {
  const server = await startStaging(options);
  t.teardown(() => server.close());
  return server;
}
