/** XML as text, in which nothing from outside can be more than text. */

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (Element | string)[];
}

/** An element; attributes without a value are left out. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | null>>,
  children: readonly (Element | string)[] = [],
): Element {
  const given = Object.entries(attributes).flatMap(([key, value]) => (value === null ? [] : [[key, value] as const]));
  return { name, attributes: Object.fromEntries(given), children };
}

/** A whole document, an element a line. Text stands as it is, so that what an element with text holds is not indented. */
export function renderXml(root: Element): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${render(root, '')}`;
}

function render({ name, attributes, children }: Element, indent: string): string {
  const open = `${indent}<${name}${Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escapeAttribute(value)}"`)
    .join('')}`;
  if (children.length === 0) return `${open}/>\n`;
  if (children.some((child) => typeof child === 'string')) {
    const inner = children.map((child) => (typeof child === 'string' ? escapeText(child) : render(child, ''))).join('');
    return `${open}>${inner}</${name}>\n`;
  }
  const inner = children.map((child) => (typeof child === 'string' ? '' : render(child, `${indent}  `))).join('');
  return `${open}>\n${inner}${indent}</${name}>\n`;
}

/** What may not stand in an XML 1.0 document at all, not even as a reference: most control characters, lone surrogates, U+FFFE and U+FFFF. */
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const REFERENCES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text between tags. Returns become references, which a parser would turn into line feeds. */
export function escapeText(text: string): string {
  return text
    .replace(FORBIDDEN, '')
    .replace(/[&<>]/g, (char) => REFERENCES[char] ?? '')
    .replace(/\r/g, '&#13;');
}

/** Text within double quotes. White space that a parser would turn into spaces becomes references. */
export function escapeAttribute(text: string): string {
  return text
    .replace(FORBIDDEN, '')
    .replace(/[&<>"]/g, (char) => REFERENCES[char] ?? '')
    .replace(/[\t\n\r]/g, (char) => `&#${char.charCodeAt(0)};`);
}
