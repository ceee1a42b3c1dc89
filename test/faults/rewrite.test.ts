/** Rewriting of messages: what it changes, and that it claims nothing where it changed nothing. */
import t from 'tap';
import { corrupt } from '../../src/faults/message/corrupt.js';
import type { Message } from '../../src/faults/message/message-fault.js';
import { rewrite, rewritten } from '../../src/faults/message/rewrite.js';
import { createRng } from '../../src/protocol/rng.js';

const message = (text: string): Message => ({
  dir: 'in',
  kind: 'event.connected',
  call: null,
  from: null,
  reason: null,
  text,
});
const struck = (text: string, set: Readonly<Record<string, unknown>>) =>
  rewrite.strike(message(text), { rewrite: '', set }, createRng('rewrite'));
const PASSES = { verdict: { do: 'pass' } };

t.test('in packets of Socket.IO paths begin at the event', async (t) => {
  t.equal(rewritten('42["taken",{"room":7,"by":"bob"}]', { 'args.0.room': 8, 'args.0.by': null }), '42["taken",{"room":8}]');
  t.equal(rewritten('42/calls,13["taken",{"room":7}]', { event: 'lost' }), '42/calls,13["lost",{"room":7}]');
  t.equal(rewritten('4312[{"ok":true}]', { 'args.0.ok': false }), '4312[{"ok":false}]');
  t.equal(rewritten('42["a",1,2]', { 'args.0': null }), '42["a",2]');
  t.equal(rewritten('451-["a",{"_placeholder":true,"num":0}]', { event: 'b' }), '451-["b",{"_placeholder":true,"num":0}]');
  t.equal(rewritten('[48,1,{}]', { '2.x': 1, length: 1 }), '[48,1,{"x":1}]', 'a list by its indexes');
});

t.test('a hit is claimed only if the message has changed', async (t) => {
  t.match(struck('42["taken",{"room":7}]', { 'args.0.room': 8 }), { verdict: { text: '42["taken",{"room":8}]' } });
  t.match(struck('42["taken",{"room":7}]', { 'args.0.room': 7 }), PASSES, 'that value already');
  t.match(struck('{ "room": 7 }', { room: 7 }), PASSES, 'other spaces are no change');
  t.match(struck('BYE sip:bob', { room: 7 }), PASSES);
  t.match(struck('2', { room: 7 }), PASSES);
  t.match(corrupt.strike(message(''), { how: 'truncate' }, createRng('corrupt')), PASSES);
});
