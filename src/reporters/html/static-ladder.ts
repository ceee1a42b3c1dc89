/** The ladder as one SVG text that stands alone: for documents, mails and a comparison of two traces. */
import { beginOf, type TraceEvent } from '../../trace/event.js';
import { printable } from '../format.js';
import { factsOf } from '../ladder/facts.js';
import { itemsOf } from '../ladder/items.js';
import type { LadderFacts } from '../ladder/model.js';
import { layoutLadder } from './layout.js';
import { partOf } from './part.js';
import { type Attributes, shape, svgText } from './shape.js';

export interface StaticLadderOptions {
  /** Pixels; wider when the lanes do not fit. 760 when left out. */
  readonly width?: number;
  /** What `factsOf` says of the whole trace, when `trace` is only a part of it. */
  readonly facts?: LadderFacts;
  /** Also housekeeping messages, healthy steps and the probe's own epilogue. */
  readonly all?: boolean;
  /** Events to mark, with a word each; the place where the sides part when left out. */
  readonly highlight?: ReadonlyMap<number, string>;
  /** Events at most; what matters is kept and the rest is said to be left out. */
  readonly eventsMax?: number;
  /** The drawing's name for who can't see it. */
  readonly title?: string;
}

const WIDTH = 760;
const EVENTS_MAX = 400;

/**
 * A trace, or a window of it, as SVG with its own colours (for a light background). Everything in it is escaped; it holds no
 * script, no style sheet and no link. An empty trace gives an empty text.
 */
export function renderLadderSvg(trace: readonly TraceEvent[], options: StaticLadderOptions = {}): string {
  if (trace.length === 0) return '';
  const facts = options.facts ?? factsOf(trace);
  const events = partOf(trace, facts, options.eventsMax ?? EVENTS_MAX);
  const divergence = facts.divergence;
  const highlight = options.highlight ?? new Map(divergence === null ? [] : [[divergence.n, 'diverges here']]);
  const items = itemsOf(events, facts, { all: options.all === true, place: 'writing' });
  const { width, head, headHeight, body, height } = layoutLadder(items, events, facts, {
    width: options.width ?? WIDTH,
    highlight,
  });
  const title = options.title ?? `Ladder of ${printable(beginOf(trace)?.scenario ?? 'a call')}`;
  const all = headHeight + height;
  const drawing = shape(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height: all,
      viewBox: `0 0 ${width} ${all}`,
      role: 'img',
      'font-family': 'system-ui, sans-serif',
      'font-size': 12,
    },
    shape('title', {}, title),
    shape('rect', { width, height: all, fill: '#ffffff' }),
    head,
    shape('g', { transform: `translate(0 ${headHeight})` }, body),
  );
  return svgText(drawing, styleOf);
}

const STATES: Readonly<Record<string, string>> = {
  idle: '#d6dbe3',
  inviting: '#e0a100',
  ringing: '#e0a100',
  connected: '#2e9e5b',
  ended: '#8a94a6',
};
const TONES: Readonly<Record<string, readonly [ink: string, ground: string]>> = {
  bad: ['#a81e1e', '#fdecec'],
  warn: ['#7a4b00', '#fff3dc'],
  good: ['#14633a', '#e5f5eb'],
  quiet: ['#5b6577', '#f1f3f7'],
  plain: ['#1b2230', '#eef1f6'],
};
const FATES: Readonly<Record<string, string>> = {
  lost: '#c62828',
  never: '#c62828',
  altered: '#a3309b',
  read: '#33415c',
  unseen: '#5b6577',
};

/** The colours of the style sheet as attributes, by class. */
function styleOf(classes: string): Attributes {
  const names = classes.split(' ');
  const after = (prefix: string): string => names.find((name) => name.startsWith(prefix))?.slice(prefix.length) ?? '';
  const state = STATES[after('s-')];
  const [ink, ground] = TONES[after('t-')] ?? ['#1b2230', '#eef1f6'];
  const fate = FATES[after('f-')] ?? '#33415c';
  const quiet: Attributes = names.includes('quiet') ? { opacity: 0.65 } : {};
  switch (names[0]) {
    case 'hit':
      return { fill: 'none' };
    case 'lane':
    case 'dot':
      return { fill: state ?? '#d6dbe3' };
    case 'lane-hidden':
      return { stroke: '#8a94a6', 'stroke-dasharray': '3 5' };
    case 'lane-name':
      return { fill: '#1b2230', 'font-weight': 600, 'font-size': 13 };
    case 'lane-side':
    case 'time':
      return { fill: '#5b6577', 'font-size': 11 };
    case 'pause':
      return { fill: '#5b6577', 'font-size': 10, 'font-style': 'italic' };
    case 'axis':
    case 'tick':
      return { stroke: '#c3cad6' };
    case 'apart':
      return { fill: '#fdecec' };
    case 'fault':
      return { fill: '#e0a100' };
    case 'divergence':
      return { fill: '#fff3dc', stroke: '#c27c00' };
    case 'anchor':
      return { fill: '#5b6577' };
    case 'back':
      return state === undefined ? { fill: ground } : { fill: '#ffffff', stroke: state };
    case 'band':
      return { fill: ground };
    case 'note':
      return { fill: ink };
    case 'arrow':
      return { stroke: fate, 'stroke-width': 1.4, ...(names.includes('f-never') ? { 'stroke-dasharray': '5 4' } : {}), ...quiet };
    case 'tip':
      return { fill: fate, ...quiet };
    case 'cross':
      return { stroke: '#c62828', 'stroke-width': 2.2, fill: 'none' };
    case 'label':
      return names.includes('over') ? { fill: fate, ...quiet } : { fill: state === undefined ? ink : '#1b2230' };
    default:
      return {};
  }
}
