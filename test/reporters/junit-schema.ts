/**
 * What Jenkins' xUnit plugin takes as JUnit: the structure of its junit-10.xsd as a table, and a check of a report
 * against it. Elements and attributes as that schema names them, in words of our own.
 */
import { type SaxesAttributeNS, SaxesParser } from 'saxes';

interface Rule {
  readonly children: readonly string[];
  /** Whether text may stand in it. */
  readonly text: boolean;
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** Elements that stand at most once, and in this order. */
  readonly sequence?: readonly string[];
}

const OUTCOME: Rule = { children: [], text: true, required: [], optional: ['type', 'message'] };
const RERUN_PARTS = ['stackTrace', 'system-out', 'system-err'];
const RERUN: Rule = { children: RERUN_PARTS, sequence: RERUN_PARTS, text: true, required: ['type'], optional: ['message'] };
const TEXT: Rule = { children: [], text: true, required: [], optional: [] };
const OUTCOMES = ['skipped', 'error', 'failure', 'rerunFailure', 'rerunError', 'flakyFailure', 'flakyError'];

const SCHEMA: Readonly<Record<string, Rule>> = {
  testsuites: {
    children: ['testsuite'],
    text: false,
    required: [],
    optional: ['name', 'time', 'tests', 'failures', 'errors'],
  },
  testsuite: {
    children: ['testsuite', 'properties', 'testcase', 'system-out', 'system-err'],
    text: false,
    required: ['name', 'tests', 'failures', 'errors'],
    optional: ['group', 'time', 'skipped', 'timestamp', 'hostname', 'id', 'package', 'file', 'log', 'url'],
  },
  testcase: {
    children: [...OUTCOMES, 'system-out', 'system-err'],
    text: false,
    required: ['name'],
    optional: ['time', 'classname', 'group'],
  },
  properties: { children: ['property'], text: false, required: [], optional: [] },
  property: { children: [], text: false, required: ['name', 'value'], optional: [] },
  failure: OUTCOME,
  error: OUTCOME,
  skipped: OUTCOME,
  rerunFailure: RERUN,
  rerunError: RERUN,
  flakyFailure: RERUN,
  flakyError: RERUN,
  stackTrace: TEXT,
  'system-out': TEXT,
  'system-err': TEXT,
};
const TIMED = ['testsuites', 'testsuite'];
const TIME = /^(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?$/;

/** An element as it was read. */
export interface XmlNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlNode[];
  text: string;
}

/** Parses a document. Throws at whatever is not well-formed XML 1.0, forbidden characters included. */
export function parseXml(xml: string): XmlNode {
  const root: XmlNode = { name: '', attributes: {}, children: [], text: '' };
  const open: XmlNode[] = [root];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => {
    const given = Object.values(tag.attributes as Readonly<Record<string, SaxesAttributeNS>>);
    const attributes = Object.fromEntries(given.map(({ name, value }) => [name, value]));
    const node: XmlNode = { name: tag.name, attributes, children: [], text: '' };
    open.at(-1)?.children.push(node);
    open.push(node);
  });
  const text = (more: string): void => {
    const node = open.at(-1);
    if (node !== undefined) node.text += more;
  };
  parser.on('text', text);
  parser.on('cdata', text);
  parser.on('closetag', () => void open.pop());
  parser.write(xml).close();
  const [only] = root.children;
  if (only === undefined || root.children.length !== 1) throw new Error('not one root element');
  return only;
}

/** What of a report the schema does not allow; empty when it is valid. */
export function junitProblems(node: XmlNode, path = node.name): string[] {
  const rule = SCHEMA[node.name];
  if (rule === undefined) return [`${path}: no such element`];
  const given = Object.keys(node.attributes);
  const names = node.children.map(({ name }) => name);
  const placed = names.map((name) => rule.sequence?.indexOf(name) ?? 0);
  const outOfPlace = rule.sequence !== undefined && placed.some((at, index) => index > 0 && at <= (placed[index - 1] ?? 0));
  return [
    ...given.filter((name) => ![...rule.required, ...rule.optional].includes(name)).map((name) => `${path}: attribute ${name}`),
    ...rule.required.filter((name) => !given.includes(name)).map((name) => `${path}: no attribute ${name}`),
    ...names.filter((name) => !rule.children.includes(name)).map((name) => `${path}: element ${name}`),
    ...(outOfPlace ? [`${path}: order of ${names.join(', ')}`] : []),
    ...(!rule.text && node.text.trim() !== '' ? [`${path}: text`] : []),
    ...(TIMED.includes(node.name) && !TIME.test(node.attributes['time'] ?? '')
      ? [`${path}: time ${node.attributes['time']}`]
      : []),
    ...node.children.flatMap((child, index) => junitProblems(child, `${path}/${child.name}[${index}]`)),
  ];
}

/** Every element of this name below a node. */
export function elementsNamed(node: XmlNode, name: string): XmlNode[] {
  return [...(node.name === name ? [node] : []), ...node.children.flatMap((child) => elementsNamed(child, name))];
}
