/** What paper shows besides the open scenario: every other failure with its cause, since nobody can click there. */
import { counted } from '../../format.js';
import type { PageReport, PageScenario } from '../page-data.js';
import { h, lines, said } from './dom.js';
import { badge } from './header.js';

const SCENARIOS_MAX = 60;
const LINES_MAX = 3;

/** All that did not pass but the scenario `open`, and the names of those that did. */
export function printedFailures({ scenarios }: PageReport, open: number | null): HTMLElement {
  const others = scenarios.filter((_, index) => index !== open);
  const troubled = others.filter(({ status }) => status === 'failed' || status === 'unknown');
  const rest = others.filter(({ status }) => status === 'passed' || status === 'skipped');
  const left = troubled.length - SCENARIOS_MAX;
  return h(
    'section',
    { class: 'printed', 'aria-label': 'All scenarios' },
    troubled.length === 0 ? null : h('h2', {}, 'Further failures'),
    ...troubled.slice(0, SCENARIOS_MAX).map(failure),
    left > 0 ? h('p', {}, `and ${counted(left, 'further failure')}, in the report itself`) : null,
    rest.length === 0 ? null : h('h2', {}, 'Other scenarios'),
    h('ul', { class: 'plain' }, ...rest.slice(0, 500).map(({ name, status }) => h('li', {}, badge(status), ' ', said(name)))),
  );
}

function failure({ name, status, diagnoses, checks, replay }: PageScenario): HTMLElement {
  return h(
    'article',
    {},
    h('h3', {}, badge(status), ' ', said(name)),
    ...diagnoses
      .slice(0, LINES_MAX)
      .map(({ code, hop, title, summary }) =>
        h('p', {}, h('strong', {}, said(`${code} at ${hop}: `)), said(title === '' ? summary : title)),
      ),
    ...checks
      .slice(0, LINES_MAX)
      .map(({ check, message }) => h('p', {}, h('code', {}, said(check)), ' ', said(lines(message).split('\n')[0] ?? ''))),
    h('p', {}, h('code', {}, said(replay))),
  );
}
