/** The data of the report: the index at once, traces when they are looked at. */
import { type EmbeddedTrace, type PageReport, REPORT_ELEMENT, TRACE_ELEMENT } from '../page-data.js';
import { byId } from './dom.js';

/** Traces that stay unpacked: a reader goes back and forth between a few. */
const KEPT = 8;

export function readReport(): PageReport {
  return JSON.parse(byId(REPORT_ELEMENT).textContent ?? '') as PageReport;
}

const opened = new Map<number, Promise<EmbeddedTrace>>();

/** The embedded trace of this number. Rejects when the browser can't unpack it. */
export function openTrace(index: number): Promise<EmbeddedTrace> {
  const known = opened.get(index);
  if (known !== undefined) return known;
  const trace = unpack(byId(`${TRACE_ELEMENT}${index}`).textContent ?? '');
  opened.set(index, trace);
  const [oldest] = opened.keys();
  if (opened.size > KEPT && oldest !== undefined) opened.delete(oldest);
  return trace;
}

async function unpack(base64: string): Promise<EmbeddedTrace> {
  if (typeof DecompressionStream === 'undefined')
    throw new Error('this browser cannot unpack the traces of this report: use one of 2023 or later');
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return JSON.parse(await new Response(stream).text()) as EmbeddedTrace;
}
