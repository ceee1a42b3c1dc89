/** A ladder as rows of text, one for each item, with what each lane shows carried along. */
import { clock, printable } from '../format.js';
import { type Look, lookOf } from '../look.js';
import type { Out } from '../reporter.js';
import { createGrid, type Gutter, type Paint } from './grid.js';
import { isBetween, type LadderItem, type Lane, type MessageItem, type RemarkItem, type StateItem } from './model.js';

export interface DrawingOptions {
  readonly columns: number;
  readonly colors?: Out['colors'];
  /** Plain ASCII instead of box characters. */
  readonly ascii?: boolean;
}

/** What a lane shows by now. */
interface Shown extends Pick<StateItem, 'state' | 'text' | 'reason' | 'call'> {
  readonly connectedAt: number | null;
}

const NOTHING: Shown = { state: 'idle', text: 'idle', reason: null, call: null, connectedAt: null };

export class TerminalLadder {
  readonly #look: Look;
  readonly #grid: ReturnType<typeof createGrid>;
  readonly #shown: Shown[];
  readonly #symbols: Readonly<Record<RemarkItem['sign'] | 'state', string>>;

  constructor(
    readonly lanes: readonly Lane[],
    { columns, colors = 0, ascii = false }: DrawingOptions,
  ) {
    const out = { columns, colors, unicode: !ascii };
    this.#look = lookOf(out);
    const { failed: wrong, skipped: note } = this.#look;
    const [state, user, media] = ascii ? ['o', '*', '~'] : ['●', '◆', '≈'];
    this.#symbols = { state, user, media, wrong, note, fault: wrong };
    this.#shown = lanes.map((lane) => (isBetween(lane) ? { ...NOTHING, state: '', text: '' } : NOTHING));
    this.#grid = createGrid(lanes.length, out, (lane) => this.#ink(this.#shown[lane]?.state ?? ''));
  }

  /** The names of the lanes. */
  head(): string {
    return this.#grid.head(this.lanes.map(({ label }) => printable(label)));
  }

  /** The row of an item, which changes what its lane shows. `isMarked`: at its left edge. */
  row(item: LadderItem, isMarked = false): string {
    const since = item.kind === 'state' ? (this.#shown[item.lane]?.connectedAt ?? null) : null;
    this.show(item);
    const gutter = this.#gutter(item.at, isMarked);
    switch (item.kind) {
      case 'message':
        return this.#arrow(item, gutter);
      case 'state':
        return this.#grid.beside(gutter, item.lane, this.#symbols.state, this.#timed(item, since), this.#ink(item.state));
      case 'remark': {
        const symbol = item.sign === 'fault' && item.tone !== 'warn' ? this.#look.skipped : this.#symbols[item.sign];
        const ink = this.#remarkInk(item);
        if (item.lane !== null) return this.#grid.beside(gutter, item.lane, symbol, item.text, ink);
        return this.#grid.note(gutter, `${symbol} ${item.text}`, ink);
      }
    }
  }

  /** Takes on what an item shows without a row of its own. */
  show(item: LadderItem): void {
    if (item.kind !== 'state') return;
    const connectedAt = item.state === 'connected' ? (this.#shown[item.lane]?.connectedAt ?? item.at) : null;
    this.#shown[item.lane] = { ...item, connectedAt };
  }

  /** What every lane shows by now, in one row. */
  states(at: number): string {
    return this.#grid.states(
      this.#gutter(at, false),
      this.#shown.map(({ text }, lane) =>
        text === '' || this.lanes[lane]?.side === 'other' ? '' : `${this.#symbols.state} ${text}`,
      ),
      (lane) => this.#ink(this.#shown[lane]?.state ?? ''),
    );
  }

  /** A remark across all lanes. */
  note(at: number, text: string): string {
    return this.#grid.note(this.#gutter(at, false), printable(text), this.#look.paint.dim);
  }

  #gutter(at: number, marked: boolean): Gutter {
    return { at, split: disagree(this.lanes, this.#shown), marked };
  }

  #arrow({ from, to, text, fate, quiet }: MessageItem, gutter: Gutter): string {
    const { paint } = this.#look;
    const isGone = fate === 'lost' || fate === 'never';
    const ink = isGone || gutter.marked ? paint.red : quiet ? paint.dim : (plain: string) => plain;
    const origin = this.lanes[from];
    const device = origin !== undefined && isBetween(origin) ? to : from;
    return this.#grid.arrow(gutter, from, to, device, text, { lost: isGone, never: fate === 'never', paint: ink });
  }

  /** With what the call timer reads, as far as the trace shows: `connected 00:00`, `ended (hangup) 00:01`. */
  #timed({ lane, state, text, at }: StateItem, since: number | null): string {
    const own = this.lanes[lane];
    if (own === undefined || isBetween(own)) return text;
    if (state === 'connected') return `${text} ${clock(at - (since ?? at))}`;
    return state === 'ended' && since !== null ? `${text} ${clock(at - since)}` : text;
  }

  #remarkInk({ tone, sign, lane }: RemarkItem): Paint {
    const { paint } = this.#look;
    if (sign === 'fault') return paint.yellow;
    if (sign === 'user' && tone === 'plain') return paint.bold;
    const bad = lane === null ? paint.red.bold : paint.red;
    return { bad, warn: paint.yellow, good: paint.green, quiet: paint.dim, plain: paint.reset }[tone];
  }

  #ink(state: string): Paint {
    const { paint } = this.#look;
    if (state === 'inviting' || state === 'ringing') return paint.yellow;
    return state === 'connected' ? paint.green : paint.dim;
  }
}

/** The call went on, or ended, at another device of the same user. */
const isElsewhere = (reason: StateItem['reason']): boolean => reason === 'answered-elsewhere' || reason === 'rejected-elsewhere';

/** Whether devices that take part in the same call show different states of it. */
function disagree(lanes: readonly Lane[], shown: readonly Shown[]): boolean {
  const calls = new Map<string, string>();
  return shown.some(({ state, reason, call }, index) => {
    const lane = lanes[index];
    if (lane === undefined || isBetween(lane) || call === null || state === 'idle' || isElsewhere(reason)) return false;
    const own = state === 'inviting' ? 'ringing' : state;
    const other = calls.get(call);
    calls.set(call, own);
    return other !== undefined && other !== own;
  });
}
