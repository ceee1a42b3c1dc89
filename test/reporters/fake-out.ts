/** A way out that keeps what is written, with settable width and colours. */
import type { Out } from '../../src/reporters/reporter.js';

export interface FakeOut extends Out {
  readonly text: () => string;
}

export function fakeOut(over: Partial<Out> = {}): FakeOut {
  let text = '';
  return {
    write: (part) => {
      text += part;
    },
    isTTY: false,
    columns: 80,
    colors: 0,
    ...over,
    text: () => text,
  };
}

/** Text without colours. */
export function plain(text: string): string {
  return text.replace(/\u001b\[[0-9;]*m/g, '');
}
