/** The panel of one event: everything that the trace holds of it, as text. */

import type { TraceEvent } from '../../../trace/event.js';
import { lineOf } from '../../../trace/line.js';
import { duration } from '../../format.js';
import { remarkOf } from '../../ladder/labels.js';
import type { EmbeddedTrace } from '../page-data.js';
import { type Child, fill, h, lines, said } from './dom.js';

export interface EventPanel {
  readonly element: HTMLElement;
  show(trace: EmbeddedTrace, n: number, link: (n: number) => string): void;
  hide(): void;
  isOpen(): boolean;
}

/** `close` is called when the reader closes it. */
export function eventPanel(close: () => void): EventPanel {
  const body = h('div', { class: 'panel-body' });
  const title = h('h2', { id: 'event-title' }, 'Event');
  const element = h(
    'aside',
    { class: 'panel', 'aria-labelledby': 'event-title', hidden: true },
    h(
      'div',
      { class: 'panel-head' },
      title,
      h('button', { type: 'button', class: 'quiet', on: { click: close } }, 'Close ', h('kbd', {}, 'Esc')),
    ),
    body,
  );
  return {
    element,
    show(trace, n, link) {
      const event = trace.events.find((one) => one.n === n);
      fill(title, event === undefined ? `Event n=${n}` : said(titleOf(event)));
      fill(body, event === undefined ? missing(trace, n) : described(event, trace, link));
      element.hidden = false;
      body.scrollTop = 0;
    },
    hide() {
      element.hidden = true;
    },
    isOpen: () => !element.hidden,
  };
}

function missing({ total }: EmbeddedTrace, n: number): Child {
  const words =
    n > total
      ? `This trace has no event n=${n}.`
      : `Event n=${n} lies outside of the part of the trace that this report holds; the trace file has it.`;
  return h('p', {}, words);
}

function titleOf(event: TraceEvent): string {
  if (event.type === 'wire') return event.name === undefined ? event.kind : `${event.kind}, sent as ${event.name}`;
  const remark = remarkOf(event);
  return remark === null ? event.type : `${remark.sign === 'user' ? 'user: ' : ''}${remark.text}`;
}

function described(event: TraceEvent, trace: EmbeddedTrace, link: (n: number) => string): Child {
  const to = (n: number): HTMLElement => h('a', { href: link(n) }, `n=${n}`);
  const rows: [string, Child][] = [
    ['number', `n=${event.n}`],
    ['time', `${(event.at / 1000).toFixed(6)} s after the run began`],
    ['node', said(event.node)],
    ['caused by', event.cause === null ? 'nothing in the trace' : to(event.cause)],
  ];
  const effects = trace.events.filter(({ cause }) => cause === event.n);
  if (event.type === 'wire') rows.push(...wireRows(event, trace, to));
  if (effects.length > 0)
    rows.push([
      'led to',
      h(
        'ul',
        { class: 'plain' },
        ...effects.slice(0, 12).map((effect) => h('li', {}, to(effect.n), ' ', said(lineOf(effect).replace(/^n=\d+ /, '')))),
      ),
    ]);
  const divergence = trace.facts.divergence;
  const ends = trace.facts.arrivals.find((pair) => pair.includes(event.n)) ?? [event.n];
  if (divergence !== null && ends.includes(divergence.n)) rows.unshift(['first difference', said(divergence.sentence)]);
  return [
    h('p', { class: 'sentence' }, said(lineOf(event))),
    h('dl', { class: 'rows' }, ...rows.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value)))),
    h(
      'h3',
      {},
      event.type === 'wire' ? (event.frame === undefined ? 'Frame' : 'Frame as it was recorded') : 'As it was recorded',
    ),
    event.type === 'wire' && event.frame === undefined
      ? h('p', {}, 'The trace keeps no frames.')
      : raw(event.type === 'wire' ? event.frame : event),
    ...longTexts(event.type === 'wire' ? event.frame : null),
  ];
}

function wireRows(
  event: Extract<TraceEvent, { type: 'wire' }>,
  { facts, events }: EmbeddedTrace,
  to: (n: number) => HTMLElement,
): [string, Child][] {
  const arrived = facts.arrivals.find(([out]) => out === event.n)?.[1];
  const written = facts.arrivals.find(([, into]) => into === event.n)?.[0];
  const at = (n: number | undefined): number | null => events.find((one) => one.n === n)?.at ?? null;
  const took = at(arrived);
  const since = at(written);
  const fate: Child = facts.lost.includes(event.n)
    ? h('strong', { class: 'bad' }, 'never read at the other end')
    : arrived !== undefined
      ? [
          facts.altered.includes(event.n) ? 'read with another text as ' : 'read as ',
          to(arrived),
          took === null ? '' : ` after ${duration(took - event.at)}`,
        ]
      : written !== undefined
        ? ['written as ', to(written), since === null ? '' : `, ${duration(event.at - since)} before`]
        : 'the other end is not in the trace';
  return [
    ['direction', event.dir === 'out' ? 'written' : 'read'],
    ['link', [said(event.link), `, connection ${event.conn}`]],
    ...(event.name === undefined ? [] : [['name', said(event.name)] as [string, Child]]),
    ['call', event.call === null ? 'none' : said(event.call)],
    ['sequence', event.seq === null ? 'outside of the numbering' : String(event.seq)],
    ['size', `${event.bytes} bytes`],
    ['digest', h('code', {}, said(event.digest))],
    ['other end', fate],
  ];
}

function raw(value: unknown): HTMLElement {
  return h('pre', { tabindex: 0, 'aria-label': 'raw text' }, lines(JSON.stringify(value, null, 2) ?? 'undefined'));
}

/** Texts with line ends, such as SDP, once more as people read them. */
function longTexts(frame: unknown): HTMLElement[] {
  const found: [string, string][] = [];
  const look = (value: unknown, path: string): void => {
    if (found.length >= 4) return;
    if (typeof value === 'string') {
      if (/[\r\n]/.test(value.trim())) found.push([path, value]);
    } else if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) look(inner, path === '' ? key : `${path}.${key}`);
  };
  look(frame, '');
  return found.map(([path, text]) =>
    h('div', {}, h('h3', {}, said(path)), h('pre', { tabindex: 0, 'aria-label': 'text' }, lines(text))),
  );
}
