/** The page of the HTML report: reads the data, and ties list, detail, event panel, links and keys together. */
import { troublesOf } from '../filter.js';
import { fragmentOf, type Route, routeOf } from '../route.js';
import { readReport } from './data.js';
import { type Detail, detail } from './detail.js';
import { byId, fill, h, line } from './dom.js';
import { eventPanel } from './event-panel.js';
import { findingsSection } from './findings.js';
import { header } from './header.js';
import { keyboard } from './keys.js';
import { scenarioList } from './list.js';
import { printedFailures } from './print.js';
import { themeButton } from './theme.js';

const report = readReport();
const list = scenarioList(report);
const main = h('main', { id: 'detail', tabindex: -1, 'aria-label': 'Scenario' });
const announcer = h('p', { class: 'hidden', role: 'status', 'aria-live': 'polite' });
const panel = eventPanel(() => select(null));
let route: Route = routeOf(location.hash);
let current: Detail | null = null;
let shown: { readonly scenario: number; readonly repetition: number | null } | null = null;

const keys = keyboard([
  { keys: ['n'], text: 'next failure', act: () => walk(1) },
  { keys: ['p'], text: 'previous failure', act: () => walk(-1) },
  { keys: ['j'], text: 'next message', act: () => void step(1) },
  { keys: ['k'], text: 'previous message', act: () => void step(-1) },
  { keys: ['/'], text: 'filter the scenarios', act: () => list.focusFilter() },
  { keys: ['Escape'], text: 'close the event', act: () => select(null) },
  { keys: ['?'], text: 'this help', act: () => keys.showHelp() },
]);

/** Failures in the order of the list, as far as the filter shows them. */
function walk(way: 1 | -1): void {
  const troubles = troublesOf(report.scenarios, list.visible());
  if (troubles.length === 0) return announce('No failure is shown.');
  const repetition = current?.repetition ?? null;
  const here = troubles.findIndex(
    (one) => one.scenario === shown?.scenario && (one.repetition === null || one.repetition === repetition),
  );
  const next = (here === -1 ? (way === 1 ? 0 : troubles.length - 1) : here + way + troubles.length) % troubles.length;
  const trouble = troubles[next];
  if (trouble === undefined) return;
  go({ scenario: trouble.scenario, repetition: trouble.repetition, event: null });
  const name = line(report.scenarios[trouble.scenario]?.name ?? '');
  announce(
    `Failure ${next + 1} of ${troubles.length}: ${name}${trouble.repetition === null ? '' : `, repetition ${trouble.repetition}`}`,
  );
}

async function step(way: 1 | -1): Promise<void> {
  const n = (await current?.ladder)?.view.step(route.event, way) ?? null;
  if (n !== null) select(n, { focus: true });
}

/** Opens or closes an event without leaving a trail in the reader's history. */
function select(event: number | null, { focus } = { focus: false }): void {
  if (event === null && route.event === null) return;
  route = { scenario: shown?.scenario ?? null, repetition: current?.repetition ?? null, event };
  history.replaceState(null, '', fragmentOf(route));
  void showEvent(focus);
}

function go(to: Route): void {
  location.hash = fragmentOf(to);
  // The event of the browser may come later than the next key.
  arrive(false);
}

async function showEvent(focus: boolean): Promise<void> {
  const { event } = route;
  const mine = current;
  const ladder = await mine?.ladder;
  if (mine !== current || event !== route.event) return;
  if (event === null || ladder == null) panel.hide();
  else panel.show(ladder.trace, event, (n) => fragmentOf({ ...route, event: n }));
  document.body.classList.toggle('with-panel', panel.isOpen());
  ladder?.view.select(event, { focus });
}

/** Shows what the address asks for. */
function arrive(isFirst: boolean): void {
  route = routeOf(location.hash);
  // Whoever opens the report sees the scenario of its first finding.
  const first = report.findings[0]?.scenario ?? list.visible()[0] ?? 0;
  const scenario = route.scenario !== null && report.scenarios[route.scenario] !== undefined ? route.scenario : first;
  const result = report.scenarios[scenario];
  if (result === undefined) {
    fill(main, h('p', { class: 'muted' }, 'This report holds no scenario.'));
    return;
  }
  const isOther = shown?.scenario !== scenario || (route.repetition !== null && route.repetition !== current?.repetition);
  if (isOther) {
    current = detail(result, scenario, route.repetition, {
      go: (repetition) => go({ scenario, repetition, event: null }),
      choose: (n) => select(n, { focus: true }),
    });
    shown = { scenario, repetition: current.repetition };
    fill(main, current.element);
    list.select(scenario, { reveal: !isFirst });
    if (!isFirst && route.event === null) {
      main.scrollIntoView({ block: 'nearest' });
      main.querySelector('h2')?.focus({ preventScroll: true });
      if (main.getBoundingClientRect().top < 0) main.scrollIntoView({ block: 'start' });
    }
  }
  void showEvent(false);
}

function announce(text: string): void {
  fill(announcer, text);
}

const tool = (text: string, key: string, act: () => void): HTMLElement =>
  h('button', { type: 'button', class: 'quiet', 'aria-keyshortcuts': key, on: { click: act } }, text, ' ', h('kbd', {}, key));

fill(
  byId('app'),
  h('button', { type: 'button', class: 'skip', on: { click: () => main.focus() } }, 'Skip to the scenario'),
  header(report, [
    tool('Previous failure', 'p', () => walk(-1)),
    tool('Next failure', 'n', () => walk(1)),
    tool('Keys', '?', () => keys.showHelp()),
    themeButton(),
  ]),
  findingsSection(report),
  h('div', { class: 'columns' }, list.element, main, panel.element),
  announcer,
  keys.dialog,
);
window.addEventListener('hashchange', () => arrive(false));
window.addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll<HTMLDetailsElement>('main details, .findings details')) details.open = true;
  document.querySelector('.printed')?.remove();
  main.after(printedFailures(report, shown?.scenario ?? null));
});
arrive(true);
