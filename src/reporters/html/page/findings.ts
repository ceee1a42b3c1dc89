/** The findings of the run above its scenarios: what is wrong, what proves it, where to look, and how to see it again. */
import type { PageFinding, PageReport } from '../page-data.js';
import { fragmentOf } from '../route.js';
import { commandLine } from './copy.js';
import { h, said } from './dom.js';

/** Findings that are open from the start. */
const OPEN_MAX = 3;

/** Null without findings and limits. */
export function findingsSection({ findings, findingsSummary, limits }: PageReport): HTMLElement | null {
  if (findings.length === 0 && limits.length === 0) return null;
  return h(
    'section',
    { class: 'findings', 'aria-label': findings.length === 0 ? 'Declared limits' : 'Findings' },
    findings.length === 0 ? null : h('h2', {}, 'Findings ', h('span', { class: 'findings-count' }, findingsSummary ?? '')),
    h('ol', {}, ...findings.map(item)),
    limits.length === 0
      ? null
      : h('ul', { class: 'limits' }, ...limits.map((limit) => h('li', {}, h('strong', {}, 'Declared limit: '), said(limit)))),
  );
}

function item({ title, where, proof, lookAt, alternatives, shown, replay, scenario }: PageFinding, index: number): HTMLElement {
  const link = scenario === null ? null : fragmentOf({ scenario, repetition: null, event: null });
  return h(
    'li',
    {},
    h(
      'details',
      { open: index < OPEN_MAX },
      h(
        'summary',
        {},
        h('span', { class: 'finding-number' }, `${index + 1}`),
        h('span', { class: 'finding-title' }, said(title)),
        h('span', { class: 'code' }, said(where)),
      ),
      ...proof.map((sentence) => h('p', {}, said(sentence))),
      lookAt === null ? null : h('p', { class: 'look-at' }, said(lookAt)),
      ...alternatives.map((one) => h('p', { class: 'muted' }, said(one))),
      h('p', { class: 'muted' }, said(shown), link === null ? null : [' ', h('a', { href: link }, 'Show it')]),
      commandLine(replay),
    ),
  );
}
