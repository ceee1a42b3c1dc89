/** The HTML of a report: one file that asks nobody for anything and runs nothing but its own script. */
import { createHash } from 'node:crypto';
import { counted, printable } from '../format.js';
import { scriptJson } from './embed.js';
import type { ReportModel } from './model.js';
import { type PageReport, REPORT_ELEMENT, TRACE_ELEMENT } from './page-data.js';
import { escapeText } from './shape.js';

export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

/** Rows of the table for readers whose browser runs no script. */
const PLAIN_ROWS_MAX = 500;

/** The whole document. Style and script are allowed by their hashes; nothing else is, whatever the data holds. */
export function renderDocument({ page, traces }: ReportModel, { script, style }: PageAssets): string {
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${hashOf(script)}'`,
    `style-src 'sha256-${hashOf(style)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
  const data = traces.map((text, index) => `<script type="text/plain" id="${TRACE_ELEMENT}${index}">${text}</script>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="call-probe ${shown(page.version)}">
<title>${shown(titleOf(page))}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<div id="app"></div>
<noscript>${plainText(page)}</noscript>
<script type="application/json" id="${REPORT_ELEMENT}">${scriptJson(page)}</script>
${data.join('\n')}
<script>${script}</script>
</body>
</html>
`;
}

/** Throws when the text would end the element that it is to stand in: such a script or style can't be embedded. */
function hashOf(text: string): string {
  if (/<\/(script|style)|<!--/i.test(text)) throw new Error("the page's script or style holds a tag that would end it early");
  return createHash('sha256').update(text, 'utf8').digest('base64');
}

function titleOf({ summary, exitCode }: PageReport): string {
  const trouble = summary.failed + summary.unknown;
  const verdict = summary.failed > 0 ? 'failed' : summary.unknown > 0 || exitCode !== 0 ? 'inconclusive' : 'passed';
  return `${verdict}: ${trouble > 0 ? `${trouble} of ` : ''}${counted(summary.scenarios, 'scenario')} - call-probe report`;
}

function plainText({ scenarios, seed, target, version, findings, findingsSummary }: PageReport): string {
  const rows = scenarios.slice(0, PLAIN_ROWS_MAX).map(({ name, status, why, checks, diagnoses }) => {
    const reason = diagnoses[0]?.summary ?? checks[0]?.message ?? why ?? '';
    return `<tr><td>${status}</td><td>${shown(name)}</td><td>${shown(reason)}</td></tr>`;
  });
  const left = scenarios.length > PLAIN_ROWS_MAX ? `<p>and ${scenarios.length - PLAIN_ROWS_MAX} more</p>` : '';
  const found = findings.map(
    ({ title, where, replay }) => `<li>${shown(title)} (${shown(where)}): <code>${shown(replay)}</code></li>`,
  );
  const list = found.length === 0 ? '' : `<h2>Findings: ${shown(findingsSummary ?? '')}</h2><ol>${found.join('')}</ol>`;
  return `<h1>call-probe report</h1><p>This browser runs no scripts, so there are verdicts, but no ladders. call-probe ${shown(version)}, target ${shown(target)}, seed ${shown(seed)}.</p>${list}<table><thead><tr><th>verdict</th><th>scenario</th><th>what was found</th></tr></thead><tbody>${rows.join('')}</tbody></table>${left}`;
}

const shown = (text: string): string => escapeText(printable(text));
