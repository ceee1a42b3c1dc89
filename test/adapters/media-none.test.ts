/** `--media none`: scenarios lose their media steps instead of being skipped, at a target that has no media and at one that has. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { parseScenario } from '../../src/scenarios/language/load.js';
import { withoutMedia } from '../../src/scenarios/language/without-media.js';
import { ends, folder, runCommand } from '../cli/command.js';
import { REST_DIALECT, startRestServer } from '../servers/rest/server.js';

const SCENARIO = `
name: a call with media
agents: { alice: {}, bob: {} }
checks:
  latency: { accept-to-media: { max: 3s }, accept-to-connected: { max: 3s } }
  media: { loss: { max: 5% } }
network:
  bob: { media: { loss: 10% } }
steps:
  - alice: call bob
  - expect: { both: ringing, within: 5s }
  - fault: { drop: alice receives signal.candidate }
  - bob: accept
  - expect: { both: connected, within: 5s }
  - expect: { media: flowing, between: [alice, bob], within: 5s }
  - fault: { link: alice.media, blackout: on, for: 1s }
  - repeat:
      times: 2
      steps:
        - heal: alice.media
  - together:
      - fault: { link: bob.media, loss: 10%, for: 1s }
      - alice: hang up
  - expect: { both: ended(hangup), within: 5s }
`;

t.test('what belongs to media is left out, and the rest keeps its place', async (t) => {
  const { parse } = await import('yaml');
  const whole = parseScenario(parse(SCENARIO) as object);
  const { media, checks, network, steps } = withoutMedia(whole);
  t.equal(media, 'none');
  t.strictSame(checks, { latency: { 'accept-to-connected': { max: 3_000 } } });
  t.strictSame(network, []);
  t.strictSame(
    steps.map(({ path }) => path),
    ['steps[0]', 'steps[1]', 'steps[3]', 'steps[4]', 'steps[8]', 'steps[9]'],
  );
  t.match(steps[4], { kind: 'together', steps: [{ path: 'steps[8].together[1]', kind: 'action' }] });
  const signaling = parseScenario({ name: 'x', media: 'none', agents: { alice: {}, bob: {} }, steps: [{ alice: 'call bob' }] });
  t.equal(withoutMedia(signaling), signaling);
});

t.test('run --media none', async (t) => {
  const server = await startRestServer();
  t.teardown(() => server.close());
  const mute = REST_DIALECT.replace('receive:', 'media: none\nreceive:').replaceAll(
    'sdp: $.sdp',
    'sdp: { path: $.sdp, optional: true }',
  );
  const { at } = folder(t, { 'call.yaml': SCENARIO, 'rest.yaml': REST_DIALECT, 'mute.yaml': mute });
  const run = (adapter: string, ...flags: string[]) =>
    runCommand(['run', 'call.yaml', '--target', server.url, '--adapter', adapter, ...flags], at);
  ends(t, 'skipped', await run('./mute.yaml'), 3, /skipped.*this target has no media/s);
  for (const adapter of ['./mute.yaml', './rest.yaml']) ends(t, adapter, await run(adapter, '--media', 'none'), 0, /1 passed/);
  const json = await run('./rest.yaml', '--media', 'none', '--reporter', 'json=report.json');
  ends(t, 'replay', json, 0);
  t.match(readFileSync(`${at.cwd}/report.json`, 'utf8'), /--media none/, 'a replay leaves it out as well');
  ends(t, 'mistake', await run('./rest.yaml', '--media', 'video'), 2, /audio, none/);
});
