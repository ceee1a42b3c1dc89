/** How data lies in the HTML of a report: as text that no parser takes for markup, and packed where it is large. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { TRACE_ELEMENT } from './page-data.js';

/** JSON that holds neither a tag, a comment nor a line end of JavaScript, whatever its strings say. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** JSON, deflated (RFC 1951) and in base64: what DecompressionStream('deflate-raw') opens on the page. */
export function packed(value: unknown): string {
  return deflateRawSync(JSON.stringify(value)).toString('base64');
}

/** The opposite of `packed`. Throws for text that is not. */
export function unpacked(text: string): unknown {
  return JSON.parse(inflateRawSync(Buffer.from(text, 'base64')).toString('utf8'));
}

/**
 * A report's packed parts as text: whoever looks in a finished report for what must not be in it has to look here as well.
 */
export function packedTexts(html: string): string[] {
  const parts = html.matchAll(new RegExp(`<script type="text/plain" id="${TRACE_ELEMENT}\\d+">([A-Za-z0-9+/=]*)</script>`, 'g'));
  return [...parts].map(([, text = '']) => JSON.stringify(unpacked(text)));
}
