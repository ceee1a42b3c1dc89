/** How data lies in the HTML of a report: as text that no parser takes for markup, and packed where it is large. */
import { deflateRawSync } from 'node:zlib';

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
