/** The charts of one call: the timers that both sides read, and the media in each direction. */
import { duration } from '../../format.js';
import { type Line, lineChart } from '../chart.js';
import type { EmbeddedTrace } from '../page-data.js';
import type { MediaSeries } from '../series.js';
import { drawn, h, line, said } from './dom.js';
import { table } from './tables.js';

const HEIGHT = 150;

/** The running timers with what they read last, and by how much they differ; null without any. */
export function timersSection({ timers, facts }: EmbeddedTrace, width: number): HTMLElement | null {
  if (timers.length === 0) return null;
  const named = timers.map(
    (series): Line => ({ name: line(series.device), points: series.points.map(([at, ms]) => [at, ms / 1000]) }),
  );
  const silent = facts.lanes.filter(({ node, side }) => side !== 'server' && !timers.some(({ device }) => device === node));
  const rows = timers.map(({ device, points }) => {
    const [at, elapsed] = points.at(-1) ?? [0, 0];
    return [
      h('th', { scope: 'row' }, said(device)),
      h('td', { class: 'number' }, duration(elapsed)),
      h('td', { class: 'number' }, `${(at / 1000).toFixed(3)} s`),
    ];
  });
  const none = silent.map(({ node }) => [h('th', { scope: 'row' }, said(node)), h('td', {}, 'shows no timer'), h('td', {}, '–')]);
  return section(
    'Call timers',
    drawnChart(named, width, 'timer on the device, in seconds'),
    legend(named),
    difference(timers),
    table('Last readings', ['device', 'timer', 'at'], [...rows, ...none]),
  );
}

/** The greatest difference of two timers of one call that were read at the same instant. */
function difference(timers: EmbeddedTrace['timers']): HTMLElement | null {
  let greatest: number | null = null;
  for (const [index, one] of timers.entries()) {
    const readings = new Map(one.points.map(([at, elapsed]) => [Math.round(at), elapsed]));
    for (const other of timers.slice(index + 1)) {
      if (other.call !== one.call) continue;
      for (const [at, elapsed] of other.points) {
        const same = readings.get(Math.round(at));
        if (same !== undefined) greatest = Math.max(greatest ?? 0, Math.abs(same - elapsed));
      }
    }
  }
  return greatest === null
    ? null
    : h('p', {}, 'Greatest difference of two timers read at the same moment: ', h('strong', {}, duration(greatest)));
}

/** Packets, loss and jitter as each device received them; null when nothing was measured. */
export function mediaSection({ media, facts }: EmbeddedTrace, width: number): HTMLElement | null {
  if (media.length === 0) return null;
  const half = width < 640 ? width : (width - 24) / 2;
  const chart = (title: string, pick: (point: MediaSeries['points'][number]) => number): HTMLElement =>
    drawnChart(
      media.map(
        (series): Line => ({ name: `to ${line(series.device)}`, points: series.points.map((point) => [point[0], pick(point)]) }),
      ),
      half,
      title,
    );
  const rows = media.map(({ device, points }) => {
    const [, sent, received, lost, jitter] = points.at(-1) ?? [0, 0, 0, 0, 0];
    const share = received + lost === 0 ? '–' : `${((100 * lost) / (received + lost)).toFixed(1)} %`;
    return [
      h('th', { scope: 'row' }, 'to ', said(device)),
      ...[String(sent), String(received), String(lost), share, duration(jitter)].map((text) =>
        h('td', { class: 'number' }, text),
      ),
    ];
  });
  const silent = facts.lanes.filter(({ node, side }) => side !== 'server' && !media.some(({ device }) => device === node));
  return section(
    'Media',
    h(
      'div',
      { class: 'charts' },
      chart('packets received', (point) => point[2]),
      chart('packets lost', (point) => point[3]),
      chart('jitter, in milliseconds', (point) => point[4]),
    ),
    legend(media.map(({ device }) => ({ name: `to ${line(device)}`, points: [] }))),
    table('At the end', ['direction', 'it sent', 'received', 'lost', 'share lost', 'jitter'], rows),
    silent.length === 0
      ? null
      : h(
          'p',
          { class: 'muted' },
          'No media was measured at ',
          ...silent.flatMap(({ node }, index) => [index > 0 ? ', ' : '', said(node)]),
          '.',
        ),
  );
}

function drawnChart(lines: readonly Line[], width: number, title: string): HTMLElement {
  return h('div', { class: 'chart-box' }, drawn(lineChart(lines, { width, height: HEIGHT, title })));
}

function legend(lines: readonly Line[]): HTMLElement {
  return h(
    'ul',
    { class: 'legend' },
    ...lines.map(({ name }, index) => h('li', {}, h('span', { class: `swatch line-${index % 4}`, 'aria-hidden': 'true' }), name)),
  );
}

function section(title: string, ...children: readonly (HTMLElement | null)[]): HTMLElement {
  return h('section', {}, h('h3', {}, title), ...children);
}
