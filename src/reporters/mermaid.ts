/** The Mermaid reporter: the calls that failed as sequence diagrams, for tickets and pages that draw them. */

import { isResult } from '../protocol/message-kinds.js';
import type { RunReport, ScenarioResult } from '../scenarios/run/result.js';
import { beginOf, type TraceEvent, type WireEvent } from '../trace/event.js';
import { troubled } from './failures.js';
import { counted, duration } from './format.js';
import { isHousekeeping, messageLabel, remarkOf, stateText } from './ladder/labels.js';
import { lostMessages } from './lost-messages.js';
import { inProse } from './markdown-text.js';
import { mermaidLabel, mermaidName } from './mermaid-text.js';
import type { ReporterContext, ReporterEntry } from './reporter.js';
import { type Span, splitSpans } from './split-spans.js';
import { storyOf } from './story.js';

const DIAGRAMS_MAX = 10;
/** A diagram with more arrows is read by nobody, and Mermaid itself refuses a text of 50 000 characters. */
const ARROWS_MAX = 100;
const NOTES_MAX = 200;
/** Of the arrows that are kept, those before the sides begin to disagree. */
const ARROWS_BEFORE = 60;
/** Shorter disagreements are how long an answer takes. */
const SPLIT_MS_MIN = 100;

interface Row {
  readonly at: number;
  readonly n: number;
  readonly isArrow: boolean;
  readonly text: string;
}

/** A trace as the text of one diagram, without a fence; null when it is no trace of a run. Ends without a line feed. */
export function renderMermaid(events: readonly TraceEvent[]): string | null {
  const begin = beginOf(events);
  if (begin === null) return null;
  const story = storyOf(events);
  const [first = 'caller', ...others] = begin.devices;
  const lanes = [first, 'server', ...others];
  const drawing = createDrawing(lanes, lostMessages(story));
  const spans = splitSpans(story).filter(({ from, to }) => to - from >= SPLIT_MS_MIN);
  const all = story.flatMap(drawing);
  const { rows, before, after } = windowOf(all, spans);
  const everybody = lanes.length > 1 ? `${idOf(0)},${idOf(lanes.length - 1)}` : idOf(0);
  const leftOut = (count: number, which: string): string[] =>
    count === 0 ? [] : [`Note over ${everybody}: ${counted(count, `${which} message`)} left out`];
  return [
    'sequenceDiagram',
    ...[
      'autonumber',
      ...lanes.map((name, lane) => `participant ${idOf(lane)} as ${mermaidName(name)}`),
      ...leftOut(before, 'earlier'),
      ...shaded(rows, spans),
      ...leftOut(after, 'later'),
    ].map((line) => `  ${line}`),
  ].join('\n');
}

function idOf(lane: number): string {
  return `p${lane}`;
}

/** What an event is in the diagram; nothing when it is not shown. */
function createDrawing(lanes: readonly string[], lost: ReadonlySet<number>): (event: TraceEvent) => Row[] {
  const shown = new Map<string, string>();
  const server = idOf(1);
  const everybody = `${idOf(0)},${idOf(lanes.length - 1)}`;
  const row = (event: TraceEvent, isArrow: boolean, text: string): Row[] => [{ at: event.at, n: event.n, isArrow, text }];
  const note = (event: TraceEvent, text: string): Row[] => {
    const lane = lanes.indexOf(event.node);
    return row(event, false, `Note over ${lane === -1 ? everybody : idOf(lane)}: ${mermaidLabel(text)}`);
  };
  const arrow = (event: WireEvent & TraceEvent): Row[] => {
    const isLost = lost.has(event.n);
    // Both ends tell of a message; the device's word is enough, but for what it never read.
    if (event.node === 'server' && !(event.dir === 'out' && isLost)) return [];
    const lane = lanes.indexOf(event.node === 'server' ? event.link.replace(/\.[^.]*$/, '') : event.node);
    if (lane === -1 || isHousekeeping(event.kind)) return [];
    const outward = (event.dir === 'out') === (event.node !== 'server');
    const [from, to] = outward ? [idOf(lane), server] : [server, idOf(lane)];
    const sign = isLost ? '-x' : isResult(event.kind) || event.kind === 'welcome' ? '-->>' : '->>';
    const kind = messageLabel(event);
    return row(
      event,
      true,
      `${from}${sign}${to}: ${mermaidLabel(`${kind}${isLost ? ', never arrived' : ''} (${duration(event.at)})`)}`,
    );
  };
  return (event) => {
    switch (event.type) {
      case 'wire':
        return arrow(event);
      case 'state': {
        const state = stateText(event);
        if (event.state === 'idle' || shown.get(event.node) === state) return [];
        shown.set(event.node, state);
        return note(event, state);
      }
      case 'record':
        return event.node === 'server' ? note(event, `${event.phase}, version ${event.version}`) : [];
      case 'media':
        if (event.state === 'flowing') return [];
    }
    const remark = remarkOf(event);
    if (remark === null || remark.isDetail) return [];
    return note(event, event.type === 'action' ? `user: ${remark.text}` : remark.text);
  };
}

interface Window {
  readonly rows: readonly Row[];
  /** Arrows left out at either end. */
  readonly before: number;
  readonly after: number;
}

/** The rows to draw: all, or those around the moment at which the sides begin to disagree, else the last ones. */
function windowOf(rows: readonly Row[], spans: readonly Span[]): Window {
  const arrows = rows.filter(({ isArrow }) => isArrow);
  const widest = [...spans].sort((a, b) => b.to - b.from - (a.to - a.from))[0];
  const splitAt = widest === undefined ? arrows.length : arrows.filter(({ at }) => at <= widest.from).length;
  const from = Math.max(0, Math.min(splitAt - ARROWS_BEFORE, arrows.length - ARROWS_MAX));
  const kept = arrows.slice(from, from + ARROWS_MAX);
  const [first, last] = [kept[0], kept.at(-1)];
  const isAfter = (row: Row, edge: Row): boolean => row.at > edge.at || (row.at === edge.at && row.n > edge.n);
  const within = rows.filter((row) => {
    const early = from > 0 && first !== undefined && isAfter(first, row);
    const late = from + kept.length < arrows.length && last !== undefined && isAfter(row, last);
    return !early && !late;
  });
  let notes = 0;
  const bounded = within.filter(({ isArrow }) => isArrow || ++notes <= NOTES_MAX);
  return { rows: bounded, before: from, after: arrows.length - from - kept.length };
}

/** The rows with a ground behind those at which the sides disagree. */
function shaded(rows: readonly Row[], spans: readonly Span[]): string[] {
  const isSplit = ({ at }: Row): boolean => spans.some(({ from, to }) => at >= from && at < to);
  const lines: string[] = [];
  let open = false;
  for (const row of rows) {
    if (isSplit(row) !== open) lines.push(open ? 'end' : 'rect rgb(255, 224, 224)');
    open = isSplit(row);
    lines.push(open ? `  ${row.text}` : row.text);
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
  const diagram = result.trace === null ? null : renderMermaid(traceOf(result.trace) ?? []);
  if (diagram === null) return `${head}\n\nThere is no trace of it that can be read.`;
  return `${head}\n\n\`\`\`mermaid\n${diagram}\n\`\`\``;
}

export const mermaidReporter: ReporterEntry = {
  name: 'mermaid',
  doc: 'Markdown with a Mermaid sequence diagram of each scenario that did not pass, or of the first when all did.',
  unredacted: (sentence) => `\n> **${sentence}**\n`,
  create: (out, context) => ({ runEnd: (report) => out.write(renderMermaidReport(report, context.traceOf)) }),
};
