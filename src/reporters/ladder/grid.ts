/** Rows of a ladder diagram: a time, the lanes of the parties, and between them arrows, states and notes. */
import { lookOf } from '../look.js';
import type { Out } from '../reporter.js';
import { fit, graphemes, textWidth, truncate } from '../width.js';

export type Paint = (text: string) => string;

export interface Grid {
  /** The names of the lanes. */
  head(names: readonly string[]): string;
  /** A text beside a lane, starting with a symbol that stands on it. */
  beside(time: Gutter, lane: number, symbol: string, text: string, paint: Paint): string;
  /** A text beside every lane; an empty one leaves the lane as it is. */
  states(time: Gutter, texts: readonly string[], paintOf: (lane: number) => Paint): string;
  /** An arrow between two lanes, with its label at the lane of `device`, one of the two. */
  arrow(time: Gutter, from: number, to: number, device: number, label: string, how: ArrowLook): string;
  /** A text across all lanes. */
  note(time: Gutter, text: string, paint: Paint): string;
}

/** How an arrow looks: a lost one ends before it arrives, one that was never sent is dashed. */
export interface ArrowLook {
  readonly lost: boolean;
  readonly never?: boolean;
  readonly paint: Paint;
}

/** What stands left of the lanes: the time, whether the parties disagree at it, and whether this is the row to look at. */
export interface Gutter {
  readonly at: number;
  readonly split: boolean;
  readonly marked?: boolean;
}

const GUTTER_COLUMNS = 10;
/** Room right of the last lane for `● connected 00:00`. */
const TAIL_COLUMNS = 18;
const SPACING_MIN = 8;
const SPACING_MAX = 34;

/** `laneOf` gives the colour in which a lane's line is drawn at this moment. */
export function createGrid(
  lanes: number,
  out: Pick<Out, 'columns' | 'colors' | 'unicode'>,
  laneOf: (lane: number) => Paint,
): Grid {
  const look = lookOf(out);
  const glyphs = glyphsOf(out.unicode !== false);
  const spacing = Math.max(
    SPACING_MIN,
    Math.min(SPACING_MAX, Math.floor((out.columns - GUTTER_COLUMNS - TAIL_COLUMNS) / Math.max(1, lanes - 1))),
  );
  const xOf = (lane: number): number => GUTTER_COLUMNS + lane * spacing;
  const columns = Math.max(out.columns, xOf(lanes - 1) + 2);

  const row = (time: Gutter | null): Row => {
    const cells = createRow(columns);
    if (time !== null) cells.put(0, fit(gutterTime(time.at), GUTTER_COLUMNS - 3, 'right'), look.paint.dim);
    if (time?.marked) cells.put(0, glyphs.marked, look.paint.red.bold);
    if (time?.split) cells.put(GUTTER_COLUMNS - 2, glyphs.split, look.paint.red);
    for (let lane = 0; lane < lanes; lane++) cells.put(xOf(lane), glyphs.lane, laneOf(lane));
    return cells;
  };
  return {
    head(names) {
      const cells = createRow(columns);
      cells.put(0, fit('ms', GUTTER_COLUMNS - 3, 'right'), look.paint.dim);
      for (const [lane, name] of names.entries()) {
        const room = lane === lanes - 1 ? columns - xOf(lane) : spacing - 1;
        cells.put(xOf(lane), truncate(name, room, look.ellipsis), look.paint.bold);
      }
      return cells.text();
    },
    beside(time, lane, symbol, text, paint) {
      const cells = row(time);
      const shown = `${symbol} ${text}`;
      const [x, before] = [xOf(lane), xOf(lane) - GUTTER_COLUMNS];
      const isWide = x + textWidth(shown) > columns;
      // Where there is no room for all of it, on the side where there is more.
      if (isWide && (textWidth(text) < before || before > columns - x)) {
        const left = `${truncate(text, before - 1, look.ellipsis)} ${symbol}`;
        cells.put(x + 1 - textWidth(left), left, paint);
      } else cells.put(x, truncate(shown, columns - x, look.ellipsis), paint);
      return cells.text();
    },
    states(time, texts, paintOf) {
      const cells = row(time);
      for (const [lane, text] of texts.entries()) {
        const room = lane === texts.length - 1 ? columns - xOf(lane) : spacing - 1;
        if (text !== '') cells.put(xOf(lane), truncate(text, room, look.ellipsis), paintOf(lane));
      }
      return cells.text();
    },
    arrow(time, from, to, device, label, { lost, never = false, paint }) {
      const cells = row(time);
      const [left, right] = [xOf(Math.min(from, to)), xOf(Math.max(from, to))];
      const rightward = to > from;
      for (let x = left + 1; x < right; x++) {
        const crossing = (x - GUTTER_COLUMNS) % spacing === 0;
        cells.put(x, never ? glyphs.dash : crossing ? glyphs.cross : glyphs.line, paint);
      }
      if (lost) {
        const end = rightward ? right - 4 : left + 3;
        for (let x = end; rightward ? x < right : x > left; x += rightward ? 1 : -1) cells.put(x, ' ', paint);
        cells.put(end, look.failed, look.paint.red);
      } else cells.put(rightward ? right - 1 : left + 1, rightward ? glyphs.right : glyphs.left, paint);
      // Beside the device's own lane, so that an arrow across other lanes still shows whose it is.
      const span = Math.min(spacing, right - left);
      const near = xOf(Math.min(from, to)) + (device > Math.min(from, to) ? right - left - span : 0);
      // The broken end of a lost one stays free.
      const room = span - (lost ? 6 : 5);
      const words = never && textWidth(label) + 6 <= room ? `${label} never` : label;
      const text = truncate(words, room, look.ellipsis);
      const middle = Math.max(2, Math.ceil((span - textWidth(text)) / 2));
      const ends = lost ? (rightward ? Math.min(middle, span - 4 - textWidth(text)) : Math.max(middle, 4)) : middle;
      cells.put(near + ends, text, paint);
      return cells.text();
    },
    note(time, text, paint) {
      const cells = row(time);
      cells.put(GUTTER_COLUMNS + 2, truncate(` ${text} `, columns - GUTTER_COLUMNS - 2, look.ellipsis), paint);
      return cells.text();
    },
  };
}

function gutterTime(at: number): string {
  return at < 1000 ? at.toFixed(1) : String(Math.round(at));
}

interface Glyphs {
  readonly lane: string;
  readonly line: string;
  readonly cross: string;
  readonly left: string;
  readonly right: string;
  readonly split: string;
  readonly dash: string;
  readonly marked: string;
}

function glyphsOf(unicode: boolean): Glyphs {
  return unicode
    ? { lane: '│', line: '─', cross: '┼', left: '◀', right: '▶', split: '≠', dash: '╌', marked: '►' }
    : { lane: '|', line: '-', cross: '+', left: '<', right: '>', split: '!', dash: '.', marked: '>' };
}

interface Row {
  put(x: number, text: string, paint: Paint): void;
  text(): string;
}

/** A row of single columns; the second column of a wide character is empty. */
function createRow(columns: number): Row {
  const cells = Array.from({ length: columns }, (): { char: string; paint: Paint | null } => ({ char: ' ', paint: null }));
  return {
    put(x, text, paint) {
      let at = x;
      for (const segment of graphemes(text)) {
        const width = textWidth(segment);
        if (at < 0 || at + width > columns) break;
        cells[at] = { char: segment, paint };
        for (let next = 1; next < width; next++) cells[at + next] = { char: '', paint };
        at += width;
      }
    },
    text() {
      let end = cells.length;
      while (end > 0 && cells[end - 1]?.char === ' ') end--;
      let shown = '';
      for (let at = 0; at < end; ) {
        const paint = cells[at]?.paint ?? null;
        let run = '';
        for (; at < end && (cells[at]?.paint ?? null) === paint; at++) run += cells[at]?.char ?? '';
        shown += paint === null ? run : paint(run);
      }
      return shown;
    },
  };
}
