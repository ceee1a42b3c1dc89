/** The top of the page: the verdict, what was run, and what the report does not hold. */
import type { Status } from '../../../scenarios/run/result.js';
import { counted, duration } from '../../format.js';
import type { PageReport } from '../page-data.js';
import { type Child, h, said } from './dom.js';

export const STATUS_SIGNS: Readonly<Record<Status, string>> = { failed: '✗', unknown: '?', passed: '✓', skipped: '–' };

/** A verdict in a word with its sign and colour. */
export function badge(status: Status, text: string = status): HTMLElement {
  return h('span', { class: `badge ${status}` }, h('span', { 'aria-hidden': 'true' }, `${STATUS_SIGNS[status]} `), text);
}

export function header(report: PageReport, tools: readonly Child[]): HTMLElement {
  const { summary } = report;
  const { status, words } = verdictOf(report);
  return h(
    'header',
    { class: 'top' },
    h('div', { class: 'brand' }, h('strong', {}, 'call-probe'), ' report'),
    h(
      'div',
      { class: 'verdict' },
      h('h1', { class: status }, words),
      h(
        'p',
        { class: 'counts' },
        (['failed', 'unknown', 'passed', 'skipped'] as const)
          .filter((one) => summary[one] > 0)
          .map((one) => badge(one, `${summary[one]} ${one}`)),
        h('span', { class: 'muted' }, `of ${counted(summary.scenarios, 'scenario')} in ${duration(report.durationMs)}`),
      ),
    ),
    h('div', { class: 'tools' }, ...tools),
    facts(report),
    redaction(report),
    ...notes(report),
  );
}

function verdictOf({ summary, exitCode, interrupted }: PageReport): { status: Status; words: string } {
  const cut = interrupted ? ', interrupted' : '';
  if (summary.failed > 0) return { status: 'failed', words: `Failed${cut}` };
  if (summary.unknown > 0 || exitCode !== 0 || interrupted) return { status: 'unknown', words: `Inconclusive${cut}` };
  return { status: 'passed', words: 'Passed' };
}

function facts({ target, seed, defects, startedAt, version, summary }: PageReport): HTMLElement {
  const pairs: [string, Child][] = [
    ['Target', said(target)],
    ['Seed', h('code', {}, said(seed))],
    ['Started', h('time', {}, said(startedAt.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC')))],
    ['call-probe', said(version)],
  ];
  if (defects.length > 0)
    pairs.splice(1, 0, ['Defects switched on', defects.map((name, i) => [i > 0 ? ', ' : '', h('code', {}, said(name))])]);
  if (summary.mediaSetupsStalled > 0)
    pairs.push(["Media set-ups stalled by the probe's own DTLS", `${summary.mediaSetupsStalled} of ${summary.mediaSetups}`]);
  return h('dl', { class: 'facts' }, ...pairs.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
}

function redaction({ redaction: state }: PageReport): HTMLElement | null {
  if (state === null) return null;
  if (state === 'off')
    return h(
      'p',
      { class: 'sensitive', role: 'note' },
      h('strong', {}, 'INCLUDES SENSITIVE DATA'),
      ' Redaction was switched off for this report: think before you send it on.',
    );
  return h(
    'p',
    { class: 'redacted muted' },
    'Redacted: addresses, secrets and names are replaced by pseudonyms that stay the same throughout.',
  );
}

function notes({ notes: all }: PageReport): HTMLElement[] {
  return all.map((note) => h('p', { class: 'note', role: 'note' }, said(note)));
}
