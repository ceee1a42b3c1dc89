/** The ladder on the page: drawn to the width there is, to be walked through with mouse and keys. */
import { itemsOf } from '../../ladder/items.js';
import type { LadderItem } from '../../ladder/model.js';
import { type LadderLayout, layoutLadder, nameOf } from '../layout.js';
import type { EmbeddedTrace } from '../page-data.js';
import { shape } from '../shape.js';
import { drawn, fill, h, said } from './dom.js';

export interface LadderView {
  readonly element: HTMLElement;
  /** Marks the event and brings it into sight; what was folded away is shown for it. */
  select(n: number | null, how: { readonly focus: boolean }): void;
  /** The number of the next message from the selected one, or null at the end. */
  step(from: number | null, way: 1 | -1): number | null;
}

/** `choose` gets the event that the reader wants to see; `evidence` are the events that checks and causes name. */
export function ladderView(trace: EmbeddedTrace, evidence: ReadonlySet<number>, choose: (n: number) => void): LadderView {
  const { facts, events, total } = trace;
  const divergence = facts.divergence;
  const highlight = new Map(divergence === null ? [] : [[divergence.n, 'diverges here']]);
  let items: readonly LadderItem[] = [];
  let layout: LadderLayout | null = null;
  let selected: number | null = null;
  let width = 0;

  const head = h('div', { class: 'ladder-top' });
  const body = h('div', { class: 'ladder-rows' });
  const scroller = h('div', { class: 'ladder', role: 'group', 'aria-label': 'Ladder of the call', tabindex: 0 }, body);
  scroller.addEventListener('scroll', () => {
    head.scrollLeft = scroller.scrollLeft;
  });
  const box = h('input', { type: 'checkbox', on: { change: () => redraw() } });
  const list = h('ol', { class: 'events' });
  const listed = h('details', { class: 'as-list' }, h('summary', {}, 'The ladder as a list'), list);
  listed.addEventListener('toggle', () => fillList());
  const left = total - events.length;
  const element = h(
    'div',
    {},
    divergence === null
      ? null
      : h(
          'p',
          { class: 'divergence-line' },
          h('strong', {}, divergence.how === 'passing' ? 'Longest difference in passing: ' : 'First difference: '),
          firstDifference(divergence.n),
          h('span', {}, said(divergence.sentence)),
        ),
    h(
      'div',
      { class: 'ladder-tools' },
      h('label', {}, box, ' show everything (acknowledgements, heartbeats, tidying up)'),
      legend(facts.serverVisible),
    ),
    head,
    scroller,
    left > 0 ? h('p', { class: 'muted' }, `${left} of ${total} events of this trace are not in the report.`) : null,
    listed,
  );

  function firstDifference(n: number): HTMLElement {
    const link = h('button', { type: 'button', class: 'link', on: { click: () => choose(n) } }, `n=${n}`);
    return h('span', {}, link, ' ');
  }

  const redraw = (): void => {
    items = itemsOf(events, facts, { all: box.checked, place: 'writing' });
    draw(width);
    fillList();
  };

  const draw = (wanted: number): void => {
    width = wanted;
    if (width < 1) return;
    layout = layoutLadder(items, events, facts, { width, highlight, interactive: true });
    const svg = (height: number, part: LadderLayout['body'], attributes: Record<string, string>): SVGElement =>
      drawn(
        shape('svg', { width: layout?.width ?? 0, height, viewBox: `0 0 ${layout?.width ?? 0} ${height}`, ...attributes }, part),
      );
    fill(head, svg(layout.headHeight, layout.head, { 'aria-hidden': 'true' }));
    fill(body, svg(layout.height, layout.body, { role: 'group', 'aria-label': 'Events, from the first to the last' }));
    for (const n of evidence) prove(groupOf(n));
    mark();
  };

  const groupOf = (n: number | null): SVGElement | null => {
    const place = n === null ? undefined : layout?.places.get(n);
    return place === undefined ? null : body.querySelector<SVGElement>(`[data-item="${place.item}"]`);
  };
  const prove = (group: SVGElement | null): void => {
    const hit = group?.querySelector('.hit');
    if (group === null || !(hit instanceof SVGRectElement) || group.querySelector('.proof-mark') !== null) return;
    const [x, y, height] = [hit.x, hit.y, hit.height].map((length) => length.baseVal.value);
    group.append(
      drawn(shape('rect', { class: 'proof-mark', x: (x ?? 0) - 5, y: (y ?? 0) + 3, width: 4, height: (height ?? 0) - 6, rx: 2 })),
    );
  };
  const itemOf = (target: EventTarget | null): LadderItem | undefined => {
    const group = target instanceof Element ? target.closest('[data-item]') : null;
    return group === null ? undefined : items[Number(group.getAttribute('data-item'))];
  };
  const mark = (): void => {
    for (const old of body.querySelectorAll('.selected')) {
      old.classList.remove('selected');
      old.removeAttribute('aria-pressed');
    }
    for (const old of body.querySelectorAll('[tabindex="0"]')) old.setAttribute('tabindex', '-1');
    const group = groupOf(selected);
    group?.classList.add('selected');
    group?.setAttribute('aria-pressed', 'true');
    (group ?? body.querySelector('[role="button"]'))?.setAttribute('tabindex', '0');
  };
  const fillList = (): void => {
    if (!listed.open) return;
    fill(
      list,
      ...items.map((item) => {
        const text = said(nameOf(item, facts.lanes, highlight.get(item.n)));
        return h(
          'li',
          {},
          item.n > 0 ? h('button', { type: 'button', class: 'link', on: { click: () => choose(item.n) } }, text) : text,
        );
      }),
    );
  };

  body.addEventListener('click', ({ target }) => {
    const item = itemOf(target);
    if (item !== undefined && item.n > 0) choose(item.n);
  });
  body.addEventListener('keydown', (event) => {
    const { key, target } = event;
    const item = itemOf(target);
    if (item === undefined) return;
    if (key === 'Enter' || key === ' ') choose(item.n);
    else if (key === 'ArrowDown' || key === 'ArrowUp') focusFrom(items.indexOf(item), key === 'ArrowDown' ? 1 : -1);
    else return;
    event.preventDefault();
  });
  const focusFrom = (index: number, way: 1 | -1): void => {
    let next = index + way;
    while (items[next] !== undefined && items[next]?.n === 0) next += way;
    body.querySelector<SVGElement>(`[data-item="${next}"]`)?.focus();
  };

  items = itemsOf(events, facts, { place: 'writing' });
  new ResizeObserver(([entry]) => {
    const room = Math.floor(entry?.contentRect.width ?? 0);
    if (Math.abs(room - width) > 8) draw(room);
  }).observe(scroller);

  return {
    element,
    select(n, { focus }) {
      selected = n;
      if (
        n !== null &&
        !box.checked &&
        !items.some(({ covers }) => covers.includes(n)) &&
        events.some((event) => event.n === n)
      ) {
        box.checked = true;
        redraw();
      }
      if (layout === null) draw(scroller.clientWidth);
      mark();
      const group = groupOf(n);
      group?.scrollIntoView({ block: 'center', inline: 'nearest' });
      if (focus) group?.focus({ preventScroll: true });
    },
    step(from, way) {
      const messages = items.filter(({ kind, isAbsent }) => kind === 'message' && isAbsent !== true);
      const found = from === null ? -1 : items.findIndex(({ covers }) => covers.includes(from));
      const here = found === -1 ? (way === 1 ? -1 : items.length) : found;
      const next =
        way === 1 ? messages.find((item) => items.indexOf(item) > here) : messages.findLast((item) => items.indexOf(item) < here);
      return next?.n ?? null;
    },
  };
}

function legend(serverVisible: boolean): HTMLElement {
  const states = ['inviting or ringing', 'connected', 'ended'].map((state) => {
    const name = state.split(' ').at(-1) ?? state;
    return h('li', {}, h('span', { class: `swatch s-${name}`, 'aria-hidden': 'true' }), state);
  });
  return h(
    'ul',
    { class: 'legend' },
    ...states,
    h('li', {}, h('span', { class: 'swatch apart', 'aria-hidden': 'true' }), 'the sides disagree'),
    h('li', {}, h('span', { class: 'swatch diverges', 'aria-hidden': 'true' }), 'where they diverge'),
    h('li', {}, h('span', { class: 'sign bad', 'aria-hidden': 'true' }, '✕'), 'lost message'),
    h('li', {}, h('span', { class: 'swatch fault', 'aria-hidden': 'true' }), 'fault at work'),
    h('li', {}, h('span', { class: 'swatch proof', 'aria-hidden': 'true' }), 'part of the proof'),
    serverVisible ? null : h('li', {}, 'the server is not visible: only what devices wrote and read'),
  );
}
