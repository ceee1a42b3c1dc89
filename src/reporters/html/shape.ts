/** A drawing as plain data: the page makes elements of it, Node writes it as text. Nothing in it can run. */

export type Attributes = Readonly<Record<string, string | number>>;

/** An element of SVG. Strings among the children are text. */
export interface Shape {
  readonly tag: 'svg' | 'g' | 'line' | 'path' | 'rect' | 'circle' | 'text' | 'title' | 'desc';
  readonly attributes: Attributes;
  readonly children: readonly (Shape | string)[];
}

export function shape(tag: Shape['tag'], attributes: Attributes, ...children: readonly (Shape | string)[]): Shape {
  return { tag, attributes, children };
}

/**
 * The drawing as SVG text. `styleOf` gives further attributes by class, for who shows it without the report's style sheet.
 * Every text and value is escaped; characters that XML does not allow are left out.
 */
export function svgText(drawing: Shape, styleOf: (classes: string) => Attributes = () => ({})): string {
  const { tag, attributes, children } = drawing;
  const all = { ...styleOf(String(attributes['class'] ?? '')), ...attributes };
  const written = Object.entries(all).map(([name, value]) => ` ${name}="${escapeText(String(value))}"`);
  const inner = children.map((child) => (typeof child === 'string' ? escapeText(child) : svgText(child, styleOf))).join('');
  return `<${tag}${written.join('')}>${inner}</${tag}>`;
}

/** Text that is safe between tags and within quoted attributes of HTML and XML. */
export function escapeText(text: string): string {
  return text
    .replace(
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
      '',
    )
    .replace(/[&<>"'`]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** Columns that a text takes, in average characters of a proportional font: wide letters count twice. */
export function roomOf(text: string): number {
  let room = 0;
  for (const char of text)
    room += (char.codePointAt(0) ?? 0) >= 0x1100 ? 1.9 : /[ilj.,:;|'!()[\] ]/.test(char) ? 0.55 : /[mwMW@%]/.test(char) ? 1.4 : 1;
  return room;
}

/** The text, cut with an ellipsis to what fits into so many pixels of a font of this size. */
export function fitted(text: string, pixels: number, size: number): string {
  const room = pixels / (size * 0.56);
  if (roomOf(text) <= room) return text;
  let kept = '';
  let used = 1;
  for (const char of text) {
    used += roomOf(char);
    if (used > room) break;
    kept += char;
  }
  return `${kept}…`;
}
