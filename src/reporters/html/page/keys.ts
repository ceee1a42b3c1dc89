/** The keyboard: single keys while nobody types, and the dialog that lists them. */
import { h } from './dom.js';

/** What a key does; the text is what the help says. */
export interface KeyAction {
  readonly keys: readonly string[];
  readonly text: string;
  act(): void;
}

export interface Keyboard {
  readonly dialog: HTMLDialogElement;
  showHelp(): void;
}

/** Listens on the document. `Escape` reaches its action from anywhere but an open dialog, which closes itself. */
export function keyboard(actions: readonly KeyAction[]): Keyboard {
  const rows = actions.map(({ keys, text }) =>
    h('div', {}, h('dt', {}, ...keys.map((key) => [h('kbd', {}, key === 'Escape' ? 'Esc' : key), ' '])), h('dd', {}, text)),
  );
  const dialog: HTMLDialogElement = h(
    'dialog',
    { class: 'help', 'aria-labelledby': 'help-title' },
    h('h2', { id: 'help-title' }, 'Keys'),
    h('dl', {}, ...rows),
    h('p', { class: 'muted' }, 'In the ladder: arrow keys go from one event to the next, Enter opens it.'),
    h('button', { type: 'button', on: { click: () => dialog.close() } }, 'Close'),
  );
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    if (event.key !== 'Escape' && isTyping(event.target)) return;
    const action = actions.find(({ keys }) => keys.includes(event.key));
    if (action === undefined || event.defaultPrevented) return;
    event.preventDefault();
    action.act();
  });
  return { dialog, showHelp: () => dialog.showModal() };
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement
    ? target.type !== 'checkbox'
    : target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;
}
