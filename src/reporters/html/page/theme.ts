/** Light or dark: as the system says, until the reader decides. */
import { fill, h } from './dom.js';

type Theme = 'auto' | 'light' | 'dark';
const NEXT: Readonly<Record<Theme, Theme>> = { auto: 'dark', dark: 'light', light: 'auto' };
const KEY = 'call-probe-theme';

export function themeButton(): HTMLElement {
  const system = matchMedia('(prefers-color-scheme: dark)');
  let theme = remembered();
  const button = h('button', {
    type: 'button',
    class: 'quiet',
    on: {
      click: () => {
        theme = NEXT[theme];
        remember(theme);
        show();
      },
    },
  });
  const show = (): void => {
    const dark = theme === 'dark' || (theme === 'auto' && system.matches);
    document.documentElement.setAttribute('data-theme', dark ? 'dark' : 'light');
    fill(button, `Theme: ${theme}`);
  };
  system.addEventListener('change', show);
  show();
  return button;
}

function remembered(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === 'light' || value === 'dark' ? value : 'auto';
  } catch {
    // A page from a file may be denied its storage.
    return 'auto';
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // It is only forgotten.
  }
}
