import fc from 'fast-check';
import t from 'tap';
import { element, escapeAttribute, escapeText, renderXml } from '../../src/reporters/xml.js';
import { parseXml } from './junit-schema.js';

t.test('any text survives, but for what XML cannot hold', async (t) => {
  const kept = (text: string): string => text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const root = parseXml(renderXml(element('a', { b: text }, [element('c', {}, [text])])));
      t.equal(root.attributes['b'], kept(text));
      t.equal(root.children[0]?.text, kept(text));
    }),
    { numRuns: 300 },
  );
});

t.test('control characters and lone surrogates are taken out, pairs stay', async (t) => {
  t.equal(escapeText('a\u0000\u0008\u000b\u001b\ufffe\uffffb'), 'ab');
  t.equal(escapeText('\ud83d\ude00 \ud83d \ude00'), '\ud83d\ude00  ');
  t.equal(escapeText('\r\n]]>'), '&#13;\n]]&gt;');
  t.equal(escapeAttribute('\t\n"<'), '&#9;&#10;&quot;&lt;');
});

t.test('elements without text are indented, attributes without a value left out', async (t) => {
  const root = element('a', { b: null, c: '' }, [element('d', {}), element('e', {}, ['x'])]);
  t.equal(renderXml(root), '<?xml version="1.0" encoding="UTF-8"?>\n<a c="">\n  <d/>\n  <e>x</e>\n</a>\n');
});
