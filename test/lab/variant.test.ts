/** A scenario on another network: all of its devices are on it, and the limits leave room for what it costs. */
import t from 'tap';
import { SHOWS } from '../../lab/showing.js';
import { MEDIA_SLACK_MS, SLACK_MS, variantOf } from '../../lab/variant.js';
import { PROFILES } from '../../src/faults/profiles.js';
import type { Step } from '../../src/scenarios/language/plan.js';

const FILE = 'scenarios/answer-in-time.yaml';
const withinMs = (steps: readonly Step[]): number[] => steps.flatMap((step) => ('withinMs' in step ? [step.withinMs] : []));

t.test('on its own network it is the scenario itself', async (t) => {
  const plain = variantOf(FILE, { network: null, media: true });
  t.strictSame(plain.network, []);
  t.equal(plain.name, 'the answer reaches the caller within a second and a half');
});

t.test('on another one everybody is on it, and has time', async (t) => {
  const plain = variantOf(FILE, { network: null, media: true });
  const slow = variantOf(FILE, { network: 'satellite', media: true });
  const links = slow.network.flatMap(({ fault: { target } }) =>
    'device' in target ? [`${target.on} ${target.device.user}`] : [],
  );
  t.strictSame([...new Set(links)], ['signaling alice', 'signaling bob']);
  t.strictSame(
    withinMs(slow.steps),
    withinMs(plain.steps).map((ms) => ms + SLACK_MS),
  );
  t.equal(slow.checks.latency?.['accept-to-connected']?.max, 1_500 + SLACK_MS);
  t.equal(slow.checks['timer-skew']?.max, 600);
  t.ok(slow.timeoutMs >= plain.timeoutMs + 4 * SLACK_MS);
  t.match(slow.name, /\(satellite\)$/);
});

t.test('media take several ways there and back', async (t) => {
  const [plain, slow] = [null, 'edge'].map((network) => variantOf('scenarios/accept.yaml', { network, media: true }));
  const media = (steps: readonly Step[] = []): number[] =>
    steps.flatMap((step) => (step.kind === 'expect-media' ? [step.withinMs] : []));
  t.ok(media(plain?.steps).length > 0);
  t.strictSame(
    media(slow?.steps),
    media(plain?.steps).map((ms) => ms + MEDIA_SLACK_MS),
  );
});

t.test('who rings for longer is waited for as long', async (t) => {
  const file = 'scenarios/outlasts-ring-timeout.yaml';
  const [plain, slow] = [null, 'edge'].map((network) => variantOf(file, { network, media: false }));
  const waits = (steps: readonly Step[] = []): number[] => steps.flatMap((step) => (step.kind === 'wait' ? [step.ms] : []));
  t.equal((slow?.server.ringMs ?? 0) - (plain?.server.ringMs ?? 0), SLACK_MS);
  t.strictSame(
    waits(slow?.steps),
    waits(plain?.steps).map((ms) => ms + SLACK_MS),
  );
});

t.test('without media nothing is expected of it', async (t) => {
  const loud = variantOf('scenarios/accept.yaml', { network: 'wifi', media: true });
  const silent = variantOf('scenarios/accept.yaml', { network: 'wifi', media: false });
  t.ok(loud.steps.some(({ kind }) => kind === 'expect-media'));
  t.ok(loud.network.some(({ fault }) => fault.target.on === 'media'));
  t.notOk(silent.steps.some(({ kind }) => kind === 'expect-media'));
  t.equal(silent.media, 'none');
  t.notOk(silent.network.some(({ fault }) => fault.target.on === 'media'));
});

t.test('every bug has a variant on every network', async (t) => {
  for (const { scenario, media } of Object.values(SHOWS)) {
    for (const { name } of PROFILES) {
      const options = { network: name, media: media === true };
      t.ok(variantOf(`scenarios/${scenario}.yaml`, options).steps.length > 0, `${scenario} on ${name}`);
    }
  }
});
