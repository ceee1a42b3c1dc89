/** A small line chart as a drawing: lines that differ by dashes and names as well as by colour. */
import { fitted, type Shape, shape } from './shape.js';

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface ChartOptions {
  readonly width: number;
  readonly height: number;
  /** What the vertical axis counts, with its unit. */
  readonly title: string;
}

const LEFT = 46;
const RIGHT = 12;
const TOP = 24;
const BOTTOM = 22;

/** Instants in milliseconds from left to right, values from 0 upwards. */
export function lineChart(lines: readonly Line[], { width, height, title }: ChartOptions): Shape {
  const all = lines.flatMap(({ points }) => points);
  const from = Math.min(...all.map(([x]) => x));
  const to = Math.max(...all.map(([x]) => x), from + 1);
  const top = roundUp(Math.max(...all.map(([, y]) => y), 0));
  const x = (at: number): number => LEFT + ((at - from) / (to - from)) * (width - LEFT - RIGHT);
  const y = (value: number): number => height - BOTTOM - (value / top) * (height - TOP - BOTTOM);
  const grid = [0, top / 2, top].flatMap((value) => [
    shape('line', { class: 'grid', x1: LEFT, y1: y(value), x2: width - RIGHT, y2: y(value) }),
    shape('text', { class: 'axis-text', x: LEFT - 6, y: y(value) + 4, 'text-anchor': 'end' }, number(value)),
  ]);
  const ends = [from, to].map((at, index) =>
    shape(
      'text',
      { class: 'axis-text', x: x(at), y: height - 6, 'text-anchor': index === 0 ? 'start' : 'end' },
      `${(at / 1000).toFixed(2)} s`,
    ),
  );
  const drawn = lines.flatMap(({ points }, index) => {
    const style = `line line-${index % 4}`;
    const path = points.map(([at, value], i) => `${i === 0 ? 'M' : 'L'}${round(x(at))} ${round(y(value))}`).join(' ');
    const dots =
      points.length > 30
        ? []
        : points.map(([at, value]) => shape('circle', { class: `point ${style}`, cx: x(at), cy: y(value), r: 2.2 }));
    return [shape('path', { class: style, d: path }), ...dots];
  });
  return shape(
    'svg',
    {
      class: 'chart',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-label': `${title}, ${lines.map(({ name }) => name).join(', ')}`,
    },
    shape('text', { class: 'chart-title', x: 0, y: 12 }, fitted(title, width, 12)),
    ...grid,
    ...ends,
    ...drawn,
  );
}

/** A round number not below the value, so that the axis has short labels. */
function roundUp(value: number): number {
  if (value <= 0) return 1;
  const unit = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 5, 10].map((step) => step * unit).find((step) => step >= value) ?? 10 * unit;
}

function number(value: number): string {
  return value >= 10_000 ? `${value / 1000}k` : String(Math.round(value * 100) / 100);
}

const round = (value: number): number => Math.round(value * 10) / 10;
