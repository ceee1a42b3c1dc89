/** One scenario with one of its repetitions: why it failed, the proof, the ladder, the figures. */
import { certaintyOf } from '../../../judge/causes/certainty.js';
import { lineOf } from '../../../trace/line.js';
import { findingReference } from '../../finding-text.js';
import { duration } from '../../format.js';
import type { EmbeddedTrace, PageCheck, PageDiagnosis, PageRepetition, PageScenario } from '../page-data.js';
import { fragmentOf } from '../route.js';
import { mediaSection, timersSection } from './charts.js';
import { commandLine } from './copy.js';
import { openTrace } from './data.js';
import { type Child, fill, h, lines, said } from './dom.js';
import { badge } from './header.js';
import { type LadderView, ladderView } from './ladder-view.js';
import { agentsTable, timingsTable } from './tables.js';

export interface Detail {
  readonly element: HTMLElement;
  readonly repetition: number | null;
  /** Once the trace is drawn; null when there is none to draw. */
  readonly ladder: Promise<{ readonly view: LadderView; readonly trace: EmbeddedTrace } | null>;
}

export interface DetailActions {
  go(repetition: number): void;
  choose(n: number): void;
}

/** Evidence lines of a check that are shown without being asked for. */
const LINES_SHOWN = 6;

/** `wanted` is a repetition's number, or null for the one that matters. */
export function detail(scenario: PageScenario, index: number, wanted: number | null, actions: DetailActions): Detail {
  const repetition = scenario.repetitions.find((one) => one.repetition === wanted) ?? firstOf(scenario);
  const number = repetition?.repetition ?? null;
  const checks = scenario.checks.filter((check) => check.repetition === number);
  const diagnoses = scenario.diagnoses.filter((diagnosis) => diagnosis.repetition === null || diagnosis.repetition === number);
  const link = (n: number): string => fragmentOf({ scenario: index, repetition: number, event: n });
  const command = h('div', {}, commandLine(scenario.replay));
  const place = h('div', { class: 'ladder-place' });
  const evidenceLists: { list: HTMLElement; evidence: readonly number[] }[] = [];
  const evidenceOf = (evidence: readonly number[]): HTMLElement => {
    const list = h('ul', { class: 'evidence' }, ...evidence.map((n) => h('li', {}, h('a', { href: link(n) }, `n=${n}`))));
    evidenceLists.push({ list, evidence });
    return evidence.length <= LINES_SHOWN ? list : h('details', {}, h('summary', {}, `${evidence.length} events prove it`), list);
  };

  const element = h(
    'div',
    {},
    h(
      'div',
      { class: 'title' },
      h('h2', { tabindex: -1 }, said(scenario.name)),
      h('p', { class: 'meta' }, badge(scenario.status), ...metaOf(scenario)),
      scenario.why === null ? null : h('p', { class: 'why' }, said(scenario.why)),
    ),
    picker(scenario, repetition, actions),
    ...causes(diagnoses, link),
    checks.length === 0
      ? null
      : h(
          'section',
          { 'aria-label': 'Checks that did not hold' },
          h('h3', {}, 'Checks that did not hold'),
          ...checks.map((check) => checkCard(check, evidenceOf)),
        ),
    h('section', {}, h('h3', {}, 'Run it again'), command),
    h('section', { class: 'ladder-section' }, h('h3', {}, 'Ladder'), place),
    section(timingsTable(scenario.timings), 'Timings'),
    section(agentsTable(scenario), 'Where the devices ended up'),
    scenario.held.length === 0
      ? null
      : h(
          'section',
          {},
          h('h3', {}, 'Checks that held'),
          h('p', { class: 'held' }, ...scenario.held.flatMap((name) => [badge('passed', name), ' '])),
        ),
    repetition?.trace == null ? null : h('p', { class: 'muted' }, 'Trace: ', h('code', {}, said(repetition.trace))),
  );
  const ladder = drawLadder(
    repetition,
    place,
    new Set([...checks, ...diagnoses].flatMap(({ evidence }) => evidence)),
    actions.choose,
  );
  void ladder.then((done) => {
    if (done === null) return;
    const known = new Map(done.trace.events.map((event) => [event.n, event]));
    for (const { list, evidence } of evidenceLists)
      fill(
        list,
        ...evidence.map((n) => evidenceLine(n, known.get(n) === undefined ? null : lineOf(known.get(n) ?? never()), link)),
      );
    if (done.trace.replay !== null) fill(command, commandLine(done.trace.replay));
  });
  return { element, repetition: number, ladder };
}

function never(): never {
  throw new Error('an event that is known is there');
}

function firstOf({ repetitions, shown }: PageScenario): PageRepetition | null {
  return repetitions.find(({ repetition }) => repetition === shown) ?? repetitions[0] ?? null;
}

function metaOf({ file, tags, findings, durationMs }: PageScenario): Child[] {
  return [
    file === null ? null : h('code', {}, said(file)),
    ...tags.map((tag) => h('span', { class: 'tag' }, said(tag))),
    findings.length === 0 ? null : h('span', { class: 'code' }, findingReference(findings)),
    durationMs > 0 ? h('span', { class: 'muted' }, duration(durationMs)) : null,
  ];
}

function picker(scenario: PageScenario, current: PageRepetition | null, { go }: DetailActions): HTMLElement | null {
  const { repetitions, passedLeftOut } = scenario;
  if (repetitions.length < 2 || current === null) return null;
  const select = h(
    'select',
    { id: 'repetition', on: { change: () => go(Number(select.value)) } },
    ...repetitions.map(({ repetition, status, durationMs, attempts }) =>
      h(
        'option',
        { value: repetition, selected: repetition === current.repetition },
        `${repetition}: ${status}, ${duration(durationMs)}${attempts > 1 ? `, ${attempts} attempts` : ''}`,
      ),
    ),
  );
  const troubled = repetitions.filter(({ status }) => status === 'failed' || status === 'unknown').length;
  const total = repetitions.length + passedLeftOut;
  const left = passedLeftOut > 0 ? `; ${passedLeftOut} passed ones are not listed` : '';
  return h(
    'div',
    { class: 'picker' },
    h('label', { for: 'repetition' }, 'Repetition'),
    select,
    badge(current.status),
    h('span', { class: 'muted' }, `${troubled} of ${total} did not pass${left}`),
  );
}

/** The first one is the answer; what else remains is a line each, until somebody wants to know. */
function causes(diagnoses: readonly PageDiagnosis[], link: (n: number) => string): HTMLElement[] {
  const [first, ...others] = diagnoses;
  if (first === undefined) return [];
  const rest = others.map((one) =>
    h(
      'details',
      {},
      h(
        'summary',
        {},
        h('span', { class: 'code' }, said(one.code)),
        ' at ',
        said(one.hop),
        h('span', { class: 'muted' }, `, ${certaintyOf(one.confidence)}`),
      ),
      diagnosisCard(one, link, 'Possible cause'),
    ),
  );
  const list = h('section', { class: 'other-causes', 'aria-label': 'Other causes' }, h('h3', {}, 'Less likely'), ...rest);
  return [diagnosisCard(first, link, 'Cause'), ...(others.length === 0 ? [] : [list])];
}

function diagnosisCard(diagnosis: PageDiagnosis, link: (n: number) => string, title: string): HTMLElement {
  const { code, hop, call, title: claim, proof, summary, lookAt, evidence, lines: events, ruledOutBy } = diagnosis;
  return h(
    'section',
    { class: 'diagnosis', 'aria-label': `${title}: ${code}` },
    h('h3', {}, `${title}: `, h('span', { class: 'code' }, said(code)), ' at ', h('span', { class: 'hop' }, said(hop))),
    claim === '' ? null : h('p', { class: 'summary' }, h('strong', {}, said(claim))),
    h('p', { class: 'summary' }, said(proof.length > 0 ? proof.join(' ') : summary)),
    lookAt === null ? null : h('p', {}, h('strong', {}, 'Look at: '), said(lookAt)),
    h('p', { class: 'muted' }, certaintyOf(diagnosis.confidence), call === null ? '' : [', call ', said(call)]),
    h('h4', {}, 'Proof'),
    h('ul', { class: 'evidence' }, ...evidence.map((n, index) => evidenceLine(n, events[index] ?? null, link))),
    ruledOutBy === null ? null : h('p', {}, h('strong', {}, 'What would rule it out: '), said(ruledOutBy)),
  );
}

function evidenceLine(n: number, text: string | null, link: (n: number) => string): HTMLElement {
  return h('li', {}, h('a', { href: link(n) }, `n=${n}`), ' ', text === null ? null : said(text.replace(/^n=\d+ /, '')));
}

function checkCard(
  { check, valid, message, expected, actual, evidence }: PageCheck,
  evidenceOf: (evidence: readonly number[]) => HTMLElement,
): HTMLElement {
  const [first = '', ...rest] = lines(message).split('\n');
  return h(
    'article',
    { class: `check ${valid === false ? 'failed' : 'unknown'}` },
    h(
      'h4',
      {},
      badge(valid === false ? 'failed' : 'unknown', valid === false ? 'did not hold' : 'unknown'),
      ' ',
      h('code', {}, said(check)),
    ),
    h('p', {}, said(first)),
    rest.length === 0 ? null : h('pre', { tabindex: 0, 'aria-label': 'further lines of the check' }, rest.join('\n')),
    expected === null && actual === null
      ? null
      : h(
          'dl',
          { class: 'rows' },
          h('div', {}, h('dt', {}, 'expected'), h('dd', {}, said(expected ?? '–'))),
          h('div', {}, h('dt', {}, 'actual'), h('dd', {}, said(actual ?? '–'))),
        ),
    evidence.length === 0 ? null : evidenceOf(evidence),
  );
}

async function drawLadder(
  repetition: PageRepetition | null,
  place: HTMLElement,
  evidence: ReadonlySet<number>,
  choose: (n: number) => void,
): Promise<{ view: LadderView; trace: EmbeddedTrace } | null> {
  if (repetition === null || repetition.embedded === null) {
    const why = repetition === null ? 'nothing ran' : (repetition.without ?? 'no trace');
    fill(place, h('p', { class: 'muted' }, `No ladder: ${why}.`));
    return null;
  }
  fill(place, h('p', { class: 'muted', role: 'status' }, 'Drawing the ladder…'));
  try {
    const trace = await openTrace(repetition.embedded);
    const view = ladderView(trace, evidence, choose);
    const room = Math.max(320, place.clientWidth);
    fill(place, view.element, timersSection(trace, room), mediaSection(trace, room));
    return { view, trace };
  } catch (error) {
    fill(place, h('p', { class: 'bad', role: 'alert' }, `No ladder: ${error instanceof Error ? error.message : String(error)}.`));
    return null;
  }
}

function section(content: HTMLElement | null, title: string): HTMLElement | null {
  return content === null ? null : h('section', {}, h('h3', {}, title), content);
}
