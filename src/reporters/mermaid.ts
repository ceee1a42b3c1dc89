/** The Mermaid reporter: the calls that failed as sequence diagrams, for tickets and pages that draw them. */

import type { RunReport, ScenarioResult } from '../scenarios/run/result.js';
import { beginOf, type TraceEvent } from '../trace/event.js';
import { hintOf } from './failed-checks.js';
import { troubled } from './failures.js';
import { counted, duration } from './format.js';
import { stretch } from './ladder/elision.js';
import { factsOf } from './ladder/facts.js';
import { itemsOf } from './ladder/items.js';
import type { Disagreement, LadderFacts, LadderItem, MessageItem } from './ladder/model.js';
import type { WindowHint } from './ladder/window.js';
import { inProse } from './markdown-text.js';
import { mermaidLabel, mermaidName } from './mermaid-text.js';
import type { ReporterContext, ReporterEntry } from './reporter.js';

const DIAGRAMS_MAX = 10;
/** A diagram with more arrows is read by nobody, and Mermaid itself refuses a text of 50 000 characters. */
const ARROWS_MAX = 100;
const NOTES_MAX = 200;
/** Of the arrows that are kept, those before the sides begin to disagree. */
const ARROWS_BEFORE = 60;

/** A trace as the text of one diagram, without a fence; null when it is no trace of a run. Ends without a line feed. */
export function renderMermaid(events: readonly TraceEvent[], hint: WindowHint = {}): string | null {
  if (beginOf(events) === null) return null;
  const facts = factsOf(events, hint);
  const { lanes, apart } = facts;
  const items = itemsOf(events, { ...facts, apart: [] }, { place: 'device' });
  const { rows, before, after } = windowOf(items, facts);
  const everybody = lanes.length > 1 ? `${idOf(0)},${idOf(lanes.length - 1)}` : idOf(0);
  const leftOut = (count: number, which: string): string[] =>
    count === 0 ? [] : [`Note over ${everybody}: ${counted(count, `${which} message`)} left out`];
  const lines = shaded(rows, apart, (item) =>
    item.kind === 'message' ? arrow(item) : `Note over ${item.lane === null ? everybody : idOf(item.lane)}: ${noteText(item)}`,
  );
  return [
    'sequenceDiagram',
    ...[
      'autonumber',
      ...lanes.map(({ node }, lane) => `participant ${idOf(lane)} as ${mermaidName(node)}`),
      ...leftOut(before, 'earlier'),
      ...lines,
      ...leftOut(after, 'later'),
    ].map((line) => `  ${line}`),
  ].join('\n');
}

function idOf(lane: number): string {
  return `p${lane}`;
}

const FATES: Readonly<Record<MessageItem['fate'], string>> = {
  read: '',
  unseen: '',
  lost: ', never arrived',
  altered: ', altered',
  never: ', never sent',
};

function arrow({ from, to, fate, isAnswer, text, at }: MessageItem): string {
  const sign = fate === 'never' ? '--x' : fate === 'lost' ? '-x' : isAnswer ? '-->>' : '->>';
  return `${idOf(from)}${sign}${idOf(to)}: ${mermaidLabel(`${text}${FATES[fate]} (${duration(at)})`)}`;
}

function noteText(item: Exclude<LadderItem, MessageItem>): string {
  return mermaidLabel(item.kind === 'remark' && item.sign === 'user' ? `user: ${item.text}` : item.text);
}

interface Window {
  readonly rows: readonly LadderItem[];
  /** Arrows left out at either end. */
  readonly before: number;
  readonly after: number;
}

/** The items to draw: all, or those around the moment at which the sides begin to disagree, else the last ones. */
function windowOf(items: readonly LadderItem[], { apart, divergence }: LadderFacts): Window {
  const arrows = items.flatMap(({ kind }, index) => (kind === 'message' ? [index] : []));
  const marked = items.findIndex(({ covers }) => divergence !== null && covers.includes(divergence.n));
  const [worst] = apart.toSorted((a, b) => Number(b.lasting) - Number(a.lasting) || b.toAt - b.fromAt - (a.toAt - a.fromAt));
  const splits = worst === undefined ? marked : items.findIndex(({ at }) => at > worst.fromAt);
  const centre = splits === -1 ? arrows.length : arrows.filter((index) => index < splits).length;
  const [from, to] = stretch(arrows.length, centre, ARROWS_MAX, ARROWS_BEFORE);
  const [first, last] = [from === 0 ? 0 : (arrows[from] ?? 0), to === arrows.length ? items.length : (arrows[to - 1] ?? 0) + 1];
  let notes = 0;
  const rows = items.slice(first, last).filter(({ kind }) => kind === 'message' || ++notes <= NOTES_MAX);
  return { rows, before: from, after: arrows.length - to };
}

/** The rows with a background behind those at which the sides disagree. */
function shaded(rows: readonly LadderItem[], apart: readonly Disagreement[], lineOf: (item: LadderItem) => string): string[] {
  const isApart = ({ at }: LadderItem): boolean =>
    apart.some(({ fromAt, toAt, lasting }) => at >= fromAt && (at < toAt || (lasting && at === toAt)));
  const lines: string[] = [];
  let open = false;
  for (const row of rows) {
    if (isApart(row) !== open) lines.push(open ? 'end' : 'rect rgb(255, 224, 224)');
    open = isApart(row);
    lines.push(`${open ? '  ' : ''}${lineOf(row)}`);
  }
  return open ? [...lines, 'end'] : lines;
}

/** Markdown with a diagram in a fence for each scenario that did not pass, or for the first when all did. */
export function renderMermaidReport(report: RunReport, traceOf: ReporterContext['traceOf']): string {
  const bad = troubled(report);
  const healthy = report.scenarios.find(({ trace }) => trace !== null);
  const chosen = bad.length > 0 ? bad : healthy === undefined ? [] : [healthy];
  const sections = chosen.slice(0, DIAGRAMS_MAX).map((result) => section(result, traceOf));
  if (chosen.length > DIAGRAMS_MAX)
    sections.push(`And ${counted(chosen.length - DIAGRAMS_MAX, 'further scenario')} without a diagram.`);
  return `${sections.length === 0 ? 'No scenario of this run has a trace to draw.' : sections.join('\n\n')}\n`;
}

function section(result: ScenarioResult, traceOf: ReporterContext['traceOf']): string {
  const head = `### ${result.status}: ${inProse(result.name)}`;
  const diagram = result.trace === null ? null : renderMermaid(traceOf(result.trace) ?? [], hintOf(result));
  if (diagram === null) return `${head}\n\nThere is no trace of it that can be read.`;
  return `${head}\n\n\`\`\`mermaid\n${diagram}\n\`\`\``;
}

export const mermaidReporter: ReporterEntry = {
  name: 'mermaid',
  doc: 'Markdown with a Mermaid sequence diagram of each scenario that did not pass, or of the first when all did.',
  unredacted: (sentence) => `\n> **${sentence}**\n`,
  create: (out, context) => ({ runEnd: (report) => out.write(renderMermaidReport(report, context.traceOf)) }),
};
