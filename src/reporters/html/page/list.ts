/** The list of scenarios and its filter. */
import type { Status } from '../../../scenarios/run/result.js';
import { findingReference } from '../../finding-text.js';
import { counted, duration } from '../../format.js';
import { choicesOf, type Filter, inReadingOrder, matcher, NO_FILTER } from '../filter.js';
import type { PageReport, PageScenario } from '../page-data.js';
import { fragmentOf } from '../route.js';
import { fill, h, said } from './dom.js';
import { badge } from './header.js';

export interface ScenarioList {
  readonly element: HTMLElement;
  /** Indices of the scenarios that the filter lets through, in the order shown. */
  visible(): readonly number[];
  /** Marks the one that is open, and brings it into sight when the reader went there. */
  select(scenario: number, how: { readonly reveal: boolean }): void;
  focusFilter(): void;
}

const VERDICTS: readonly Status[] = ['failed', 'unknown', 'passed', 'skipped'];

export function scenarioList(report: PageReport): ScenarioList {
  const { scenarios } = report;
  const order = inReadingOrder(scenarios);
  const matches = matcher(scenarios);
  const items = new Map(order.map((index) => [index, item(scenarios[index], index)]));
  const count = h('p', { class: 'count', role: 'status', 'aria-live': 'polite' });
  const none = h('p', { class: 'muted none', hidden: true }, 'No scenario is like that. Esc in the field clears the filter.');
  let filter: Filter = NO_FILTER;
  let shown: readonly number[] = order;

  const apply = (change: Partial<Filter>): void => {
    filter = { ...filter, ...change };
    shown = order.filter((index) => matches(index, filter));
    const set = new Set(shown);
    for (const [index, element] of items) element.hidden = !set.has(index);
    none.hidden = shown.length > 0;
    fill(
      count,
      shown.length === order.length
        ? counted(order.length, 'scenario')
        : `${shown.length} of ${counted(order.length, 'scenario')}`,
    );
  };

  const search = h('input', {
    id: 'filter-text',
    type: 'search',
    placeholder: 'name, tag, cause, check',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-keyshortcuts': '/',
    on: { input: () => apply({ text: search.value }) },
  });
  search.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape') return;
    if (search.value === '') search.blur();
    search.value = '';
    apply({ text: '' });
  });
  const verdicts = h(
    'fieldset',
    { class: 'verdicts' },
    h('legend', { class: 'hidden' }, 'Verdict'),
    ...VERDICTS.filter((one) => report.summary[one] > 0).map(toggle),
  );
  function toggle(status: Status): HTMLElement {
    const box = h('input', {
      type: 'checkbox',
      value: status,
      on: {
        change: () => {
          const others = [...filter.verdicts].filter((one) => one !== status);
          apply({ verdicts: new Set(box.checked ? [...others, status] : others) });
        },
      },
    });
    return h('label', { class: 'toggle' }, box, badge(status, `${status} ${report.summary[status]}`));
  }
  const { tags, causes } = choicesOf(scenarios);
  const element = h(
    'nav',
    { class: 'scenarios', 'aria-label': 'Scenarios' },
    h(
      'search',
      { class: 'filter' },
      h('label', { for: 'filter-text' }, 'Filter ', h('kbd', {}, '/')),
      search,
      verdicts,
      chooser('Tag', tags, (tag) => apply({ tag })),
      chooser('Cause', causes, (cause) => apply({ cause })),
    ),
    count,
    h('ol', { class: 'cards' }, ...items.values()),
    none,
  );
  apply({});
  return {
    element,
    visible: () => shown,
    select(scenario, { reveal }) {
      for (const [index, one] of items) {
        const link = one.firstElementChild;
        if (index === scenario) link?.setAttribute('aria-current', 'true');
        else link?.removeAttribute('aria-current');
      }
      if (reveal) items.get(scenario)?.scrollIntoView({ block: 'nearest' });
    },
    focusFilter() {
      search.focus();
      search.select();
    },
  };
}

function chooser(name: string, values: readonly string[], choose: (value: string | null) => void): HTMLElement | null {
  if (values.length === 0) return null;
  const id = `filter-${name.toLowerCase()}`;
  const select = h(
    'select',
    { id, on: { change: () => choose(select.selectedIndex <= 0 ? null : (values[select.selectedIndex - 1] ?? null)) } },
    h('option', {}, 'all'),
    ...values.map((value) => h('option', {}, said(value))),
  );
  return h('div', { class: 'chooser' }, h('label', { for: id }, name), select);
}

function item(scenario: PageScenario | undefined, index: number): HTMLElement {
  if (scenario === undefined) return h('li');
  const { name, file, status, durationMs, repetitions, passedLeftOut, diagnoses, findings } = scenario;
  const count = repetitions.length + passedLeftOut;
  const troubled = repetitions.filter((one) => one.status === 'failed' || one.status === 'unknown').length;
  const codes = [...new Set(diagnoses.map(({ code }) => code))].slice(0, 3);
  const parts = [
    ...(count > 1 ? [troubled > 0 ? `${troubled} of ${count} repetitions` : `${count} repetitions`] : []),
    ...(status === 'skipped' ? [] : [duration(durationMs)]),
    ...(findings.length === 0 ? [] : [findingReference(findings)]),
  ];
  return h(
    'li',
    {},
    h(
      'a',
      { href: fragmentOf({ scenario: index, repetition: null, event: null }), class: `card ${status}` },
      h('span', { class: 'card-name' }, said(name)),
      h(
        'span',
        { class: 'card-more' },
        badge(status),
        ...codes.map((code) => h('span', { class: 'code' }, said(code))),
        h('span', { class: 'muted' }, parts.join(' · ')),
      ),
      file === null ? null : h('span', { class: 'card-file muted' }, said(file)),
    ),
  );
}
