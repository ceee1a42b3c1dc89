/** A command with a button that copies it, whatever the browser allows. */
import { fill, h, said } from './dom.js';

export function commandLine(command: string): HTMLElement {
  const code = h(
    'code',
    { class: 'command-text', tabindex: 0, role: 'textbox', 'aria-readonly': 'true', 'aria-label': 'Replay command' },
    said(command),
  );
  const note = h('span', { class: 'muted', role: 'status' });
  const button = h('button', { type: 'button', class: 'quiet', on: { click: () => void copy() } }, 'Copy');
  async function copy(): Promise<void> {
    fill(note, (await toClipboard(command)) || byHand(code) ? 'copied' : 'selected: press Ctrl+C or ⌘C');
  }
  return h('div', { class: 'command' }, code, button, note);
}

async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No permission, or not a secure context: the caller has another way.
    return false;
  }
}

/** Selects the text, which the reader can then copy, and asks the browser to copy it in the old way. */
function byHand(element: HTMLElement): boolean {
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = getSelection();
  selection?.removeAllRanges();
  selection?.addRange(range);
  try {
    return document.execCommand('copy');
  } catch {
    return false;
  }
}
