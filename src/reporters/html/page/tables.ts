/** The figures of a scenario as tables: timings, and where each device ended up. */
import type { TimingSummary } from '../../../scenarios/run/result.js';
import { duration } from '../../format.js';
import type { PageScenario } from '../page-data.js';
import { h, said } from './dom.js';

const PERCENTILES = ['min', 'p50', 'p95', 'p99', 'max'] as const;

/** Timings with their percentiles; what never happened is slower than all that did, and is counted. */
export function timingsTable(timings: PageScenario['timings']): HTMLElement | null {
  const rows = Object.entries(timings).filter(([, { count, never }]) => count + never > 0);
  if (rows.length === 0) return null;
  const cell = (timing: TimingSummary, percentile: (typeof PERCENTILES)[number]): HTMLElement => {
    const value = timing[percentile];
    const never = timing.never > 0 && (value === null || percentile === 'max');
    return h('td', { class: never ? 'number never' : 'number' }, never ? 'never' : duration(value));
  };
  return table(
    'Timings',
    ['timing', 'samples', 'never', ...PERCENTILES],
    rows.map(([name, timing]) => [
      h('th', { scope: 'row' }, said(name)),
      h('td', { class: 'number' }, String(timing.count)),
      h('td', { class: timing.never > 0 ? 'number never' : 'number' }, String(timing.never)),
      ...PERCENTILES.map((percentile) => cell(timing, percentile)),
    ]),
  );
}

/** What every device showed when the run had come to rest. */
export function agentsTable({ agents, shown }: PageScenario): HTMLElement | null {
  const rows = Object.entries(agents);
  if (rows.length === 0) return null;
  return table(
    `Devices at the end${shown === null ? '' : `, repetition ${shown}`}`,
    ['device', 'shows', 'call', 'version', 'timer', 'media'],
    rows.map(([device, { state, reason, call, version, timerStartedAt, media }]) => [
      h('th', { scope: 'row' }, said(device)),
      h('td', {}, h('span', { class: `state s-${state}` }, said(reason === null ? state : `${state} (${reason})`))),
      h('td', {}, call === null ? '–' : said(call)),
      h('td', { class: 'number' }, version === null ? '–' : String(version)),
      h('td', {}, timerStartedAt === null ? 'none' : 'runs'),
      h('td', {}, said(media)),
    ]),
  );
}

export function table(caption: string, head: readonly string[], rows: readonly (readonly HTMLElement[])[]): HTMLElement {
  return h(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': caption, tabindex: 0 },
    h(
      'table',
      {},
      h('caption', {}, caption),
      h(
        'thead',
        {},
        h('tr', {}, ...head.map((name, index) => h('th', { scope: 'col', class: index === 0 ? '' : 'head' }, name))),
      ),
      h('tbody', {}, ...rows.map((cells) => h('tr', {}, ...cells))),
    ),
  );
}
