/** The HTML report: one self-contained file with the ladder of every call that failed, for people and for tickets. */
import { readFileSync } from 'node:fs';
import type { RunReport } from '../scenarios/run/result.js';
import { type PageAssets, renderDocument } from './html/document.js';
import { type HtmlContext, modelOf } from './html/model.js';
import type { ReporterEntry } from './reporter.js';

/** What the build puts beside the compiled reporter. */
const ASSETS = { script: 'html/page.js', style: 'html/page.css' } as const;

/** The report as one HTML text. Throws when the build has not made the page's script. */
export function renderHtml(report: RunReport, context: HtmlContext): string {
  return renderDocument(modelOf(report, context), pageAssets());
}

function pageAssets(): PageAssets {
  try {
    const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');
    return { script: read(ASSETS.script), style: read(ASSETS.style) };
  } catch (cause) {
    throw new Error("the HTML report's page is not part of this build: run npm run build", { cause });
  }
}

export const htmlReporter: ReporterEntry = {
  name: 'html',
  doc: 'One HTML file without network access: verdicts, ladders, evidence, charts (name a file: html=report.html).',
  create: (out, context) => ({ runEnd: (report) => out.write(renderHtml(report, context)) }),
};
