/** Elements made by hand: text is always text, attributes are never code, and nothing is parsed as markup. */
import { printable, printableLines } from '../../format.js';
import type { Shape } from '../shape.js';

export type Child = Node | string | null | readonly Child[];

interface Attributes {
  readonly class?: string;
  readonly on?: Readonly<Record<string, (event: Event) => void>>;
  readonly [name: string]: string | number | boolean | undefined | Readonly<Record<string, (event: Event) => void>>;
}

/** An element of HTML. An attribute that is `false` or undefined is left out, one that is `true` is empty. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === 'object') for (const [type, listener] of Object.entries(value)) element.addEventListener(type, listener);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

function append(element: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null) continue;
    if (typeof child === 'string' || child instanceof Node) element.append(child);
    else append(element, child);
  }
}

/** Takes out what is in the element and puts these in. */
export function fill(element: Element, ...children: readonly Child[]): void {
  element.replaceChildren();
  append(element, children);
}

/** A drawing as elements of SVG. */
export function drawn({ tag, attributes, children }: Shape): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) if (name !== 'xmlns') element.setAttribute(name, String(value));
  for (const child of children) element.append(typeof child === 'string' ? child : drawn(child));
  return element;
}

/** A name or a sentence from outside on one line: what would steer the reader's eye is shown, and it keeps its direction to itself. */
export function said(text: string): HTMLElement {
  return h('bdi', {}, printable(text));
}

/** The same as plain text, for attributes and drawings. */
export const line = printable;

/** A text from outside with its line ends. */
export function lines(text: string): string {
  return printableLines(text).join('\n');
}

/** The element with this id. Throws when the page lacks it. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no element ${id}`);
  return element;
}
