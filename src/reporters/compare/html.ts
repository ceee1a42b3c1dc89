/** A comparison as one HTML page: no script, no network, readable in the dark, on paper and by ear. */
import { createHash } from 'node:crypto';
import { whereText } from '../finding-text.js';
import { counted, printable } from '../format.js';
import { escapeText } from '../html/shape.js';
import { renderLadderSvg } from '../html/static-ladder.js';
import { factsOf } from '../ladder/facts.js';
import {
  type ComparedScenario,
  type Comparison,
  detailedOf,
  furtherText,
  hasPercentiles,
  repetitionsText,
  type ScenarioComparison,
} from './comparison.js';
import { type Change, changesSummary } from './finding-changes.js';
import { timingCells, verdictWords } from './markdown.js';
import { STYLE } from './page-style.js';
import { pairedLadders } from './side-by-side.js';
import { changeWords, type TimingChange } from './timing-change.js';
import { pairedWindows } from './windows.js';

/** Scenarios with a section of their own, and rows of the table of all. */
const DETAILED_MAX = 20;
const ROWS_MAX = 1_000;
const LADDER_WIDTH = 620;
const TEXT_COLUMNS = 132;

/** The whole page. Everything that comes from outside is escaped; the policy lets nothing run and nothing be loaded. */
export function comparisonHtml(comparison: Comparison, version: string): string {
  const detailed = detailedOf(comparison, DETAILED_MAX);
  const hash = createHash('sha256').update(STYLE, 'utf8').digest('base64');
  const title = `${verdictWords(comparison)} - call-probe compare`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="call-probe ${shown(version)}">
<title>${shown(title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>Before and after: <span class="${comparison.verdict}">${shown(verdictWords(comparison))}</span></h1>
<dl>${side('Before', comparison.before)}${side('After', comparison.after)}</dl>
<p>A timing is worse when its median grew by more than ${Math.round(comparison.threshold * 100)} % and by more than noise (Mann-Whitney test).</p>
</header>
<main>
${changes(comparison)}${overview(comparison.scenarios, detailed)}
${detailed.map(section).join('\n')}
${missing('Only before', comparison.onlyBefore)}${missing('Only after', comparison.onlyAfter)}
</main>
<footer><p>call-probe ${shown(version)}</p></footer>
</body>
</html>
`;
}

const shown = (text: string): string => escapeText(printable(text));

function side(name: string, { label, target, defects }: Comparison['before']): string {
  const broken = defects.length === 0 ? '' : `, with the defects <b>${shown(defects.join(', '))}</b>`;
  return `<dt>${name}</dt><dd><code>${shown(label)}</code>, target <code>${shown(target)}</code>${broken}</dd>`;
}

const CHANGE_CLASS: Readonly<Record<Change, string>> = {
  new: 'worse',
  unclear: 'inconclusive',
  unchanged: 'same',
  fixed: 'better',
};

function changes({ findings }: Comparison): string {
  const summary = changesSummary(findings);
  if (summary === null) return '';
  const rows = findings.slice(0, ROWS_MAX).map(({ change, finding, before, after }) => {
    const proof = change === 'new' ? `<p>${shown(finding.proof.join(' '))}</p><p><code>${shown(finding.replay)}</code></p>` : '';
    const cells = [
      `<td><span class="badge ${CHANGE_CLASS[change]}">${change}</span></td>`,
      `<th scope="row">${shown(finding.title)}${proof}</th>`,
      `<td><code>${shown(whereText(finding))}</code></td>`,
      `<td class="number">${before}</td><td class="number">${after}</td>`,
    ];
    return `<tr>${cells.join('')}</tr>`;
  });
  const heads = ['change', 'finding', 'cause', 'scenarios before', 'scenarios after'].map(
    (head) => `<th scope="col">${head}</th>`,
  );
  return `<section aria-labelledby="findings"><h2 id="findings">Findings: ${shown(summary)}</h2><div class="wide"><table><thead><tr>${heads.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`;
}

function overview(scenarios: readonly ScenarioComparison[], detailed: readonly ScenarioComparison[]): string {
  const rows = scenarios.slice(0, ROWS_MAX).map((one) => {
    const at = detailed.indexOf(one);
    const name = at === -1 ? shown(one.name) : `<a href="#s${at + 1}">${shown(one.name)}</a>`;
    const timing = one.timings.find(({ name }) => name === 'accept-to-connected');
    const cells = [
      badge(one.verdict),
      badge(one.before.status),
      badge(one.after.status),
      timing === undefined ? '' : shown(changeWords(timing)),
    ];
    return `<tr><th scope="row">${name}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  const left = scenarios.length - rows.length;
  const heads = ['scenario', 'verdict', 'before', 'after', 'accept-to-connected'].map((head) => `<th scope="col">${head}</th>`);
  const more = left > 0 ? `<p>and ${counted(left, 'further scenario')}</p>` : '';
  return `<section aria-label="All scenarios"><div class="wide"><table><thead><tr>${heads.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>${more}</section>`;
}

function badge(word: string): string {
  return `<span class="badge ${word}">${word}</span>`;
}

function section(scenario: ScenarioComparison, index: number): string {
  const { name, file, verdict, reasons, before, after, alignment, traces, timings } = scenario;
  const first = alignment?.first ?? null;
  const further = alignment === null ? '' : furtherText(alignment);
  const words =
    first === null
      ? alignment === null
        ? 'There is no trace of both sides to hold against each other.'
        : 'None: both went through the same steps.'
      : `Only ${first.side}: <b>${shown(first.step.words)}</b>${further === '' ? '' : ` (and ${further})`}`;
  const drawings = traces === null || alignment === null ? null : ladders(scenario);
  return `<section id="s${index + 1}" aria-labelledby="h${index + 1}">
<h2 id="h${index + 1}">${badge(verdict)} ${shown(name)}</h2>
${file === null ? '' : `<p><code>${shown(file)}</code></p>`}
${reasons.length === 0 ? '' : `<ul>${reasons.map((reason) => `<li>${shown(reason)}</li>`).join('')}</ul>`}
<p class="first"><b class="label">First difference</b> ${words}</p>
<div class="pair">
${half('Before', before, drawings?.shown.before ?? null)}
${half('After', after, drawings?.shown.after ?? null)}
</div>
${drawings === null ? '' : `<div class="pair">${figure('Before', drawings.before)}${figure('After', drawings.after)}</div>`}
${drawings === null || drawings.text === '' ? '' : `<details><summary>Both ladders as text</summary><pre>${drawings.text}</pre></details>`}
${timings.length === 0 ? '' : timingTable(timings)}
</section>`;
}

function half(label: string, side: ComparedScenario, end: string | null): string {
  const { status, why, diagnosis } = side;
  const many = repetitionsText(side);
  const proof = (diagnosis?.lines ?? []).map((line) => `<li>${shown(line)}</li>`).join('');
  const cause =
    diagnosis === null
      ? why === null
        ? ''
        : `<p>${shown(why)}</p>`
      : `<p><b><code>${shown(whereText(diagnosis))}</code></b></p>
<p>${shown(diagnosis.title)}</p><p>${shown(diagnosis.proof.length > 0 ? diagnosis.proof.join(' ') : diagnosis.summary)}</p>${proof === '' ? '' : `<ol class="proof">${proof}</ol>`}`;
  return `<article aria-label="${label}"><h3>${label}: ${badge(status)}${many === '' ? '' : `, ${many}`}</h3>${cause}${end === null ? '' : `<p>At the end of this part: <code>${shown(end)}</code></p>`}</article>`;
}

function figure(label: string, drawing: string): string {
  return drawing === '' ? '<div></div>' : `<figure><figcaption>${label}</figcaption><div class="wide">${drawing}</div></figure>`;
}

interface Drawings {
  readonly before: string;
  readonly after: string;
  readonly text: string;
  /** What the devices show at the end of each drawing. */
  readonly shown: Readonly<Record<'before' | 'after', string | null>>;
}

/** Both as drawings, with the first difference marked in each, and as text. */
function ladders({ name, traces, alignment }: ScenarioComparison): Drawings | null {
  if (traces === null || alignment === null) return null;
  const windows = pairedWindows(traces.before, traces.after, alignment);
  if (windows === null) return null;
  const draw = (label: 'before' | 'after'): string => {
    const trace = traces[label];
    const { from, to, divergence } = windows[label];
    const call = trace.find((event) => event.type === 'action' && event.action === 'call')?.n ?? from;
    const mark = label === alignment.first?.side ? `only ${label}` : 'missing then';
    return renderLadderSvg(
      // From the call on: how everybody logged in is seldom the difference.
      trace.filter(({ n }) => n >= Math.min(from, call) && n <= to),
      {
        width: LADDER_WIDTH,
        facts: { ...factsOf(trace), divergence },
        highlight: new Map(divergence === null ? [] : [[divergence.n, mark]]),
        title: `Ladder of ${printable(name)}, ${label}`,
      },
    );
  };
  const drawn = pairedLadders(traces.before, traces.after, alignment, { columns: TEXT_COLUMNS, colors: 0, unicode: true });
  const ends = { before: windows.before.shown, after: windows.after.shown };
  return {
    before: draw('before'),
    after: draw('after'),
    shown: ends,
    text: drawn === null ? '' : drawn.rows.map(shown).join('\n'),
  };
}

function timingTable(timings: readonly TimingChange[]): string {
  const rows = timings.map((timing) => {
    const cells = [timingCells(timing.before), timingCells(timing.after)].map((cell) => `<td class="number">${shown(cell)}</td>`);
    return `<tr><th scope="row">${shown(timing.name)}</th>${cells.join('')}<td class="${timing.verdict}">${shown(changeWords(timing))}</td></tr>`;
  });
  const many = hasPercentiles(timings);
  return `<div class="wide"><table><caption>Timings, ${many ? 'min / p50 / p95 ' : ''}in ms</caption><thead><tr><th scope="col">timing</th><th scope="col">before</th><th scope="col">after</th><th scope="col">change</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function missing(title: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > ROWS_MAX ? `<li>and ${names.length - ROWS_MAX} more</li>` : '';
  const items = names.slice(0, ROWS_MAX).map((name) => `<li>${shown(name)}</li>`);
  return `<section><h2>${title}</h2><ul>${items.join('')}${more}</ul></section>`;
}
