import { readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { decodeClientFrame, decodeServerFrame } from '../../src/protocol/codec.js';
import { ClientFrameSchema, ServerFrameSchema } from '../../src/protocol/frame-schemas.js';
import { CLOSE } from '../../src/protocol/reasons.js';
import { ASYNCAPI_FILE, asyncApiText } from './asyncapi.js';

interface Message {
  readonly name: string;
  readonly summary: string;
  readonly payload: { readonly type: string; readonly required: readonly string[]; readonly properties: object };
  readonly examples: readonly { readonly name: string; readonly payload: object }[];
}
interface Operation {
  readonly action: string;
  readonly messages: readonly { readonly $ref: string }[];
}
interface Document {
  readonly asyncapi: string;
  readonly channels: { readonly signaling: Record<string, unknown> };
  readonly operations: Readonly<Record<string, Operation>>;
  readonly components: { readonly messages: Readonly<Record<string, Message>> };
}

const text = readFileSync(ASYNCAPI_FILE, 'utf8');
const document = parse(text) as Document;

/** What a reference inside the document leads to. */
function follow($ref: string): unknown {
  const path = $ref.replace(/^#\//, '').split('/');
  return path.reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document);
}

t.test(`${ASYNCAPI_FILE} is up to date`, async (t) => {
  t.equal(text, asyncApiText(), 'run: node scripts/build.mjs && node scripts/docs.mjs');
});

t.test('every frame is a message, of the side that sends it', async (t) => {
  t.match(document.asyncapi, /^3\./);
  for (const [operation, action, schema, decode] of [
    ['fromClient', 'receive', ClientFrameSchema, decodeClientFrame],
    ['toClient', 'send', ServerFrameSchema, decodeServerFrame],
  ] as const) {
    const { messages, ...rest } = document.operations[operation]!;
    t.equal(rest.action, action);
    const found = messages.map(({ $ref }) => follow((follow($ref) as { $ref: string }).$ref) as Message);
    t.strictSame(
      found.map(({ name }) => name),
      schema.options.map((option) => option.shape.type.value),
    );
    for (const message of found) {
      t.ok(message.examples.length > 0, `${operation} ${message.name} has an example`);
      t.ok(message.summary, `${operation} ${message.name} is explained`);
      t.ok(message.payload.required.includes('type'), `${operation} ${message.name} has a schema`);
      for (const { name, payload } of message.examples) {
        const decoded = decode(JSON.stringify(payload));
        t.strictSame(decoded, { ok: true, frame: payload }, `${operation} ${message.name} "${name}" is read as it stands`);
      }
      const { type: _type, ...headless } = message.examples[0]!.payload as Record<string, unknown>;
      t.notOk(decode(JSON.stringify(headless)).ok, `${operation} ${message.name} without its type is not`);
    }
  }
});

t.test('every reference leads somewhere, every close code is there', async (t) => {
  for (const [, ref = ''] of text.matchAll(/\$ref: "?(#[^\s"]+)/g)) t.ok(follow(ref), ref);
  t.strictSame(
    document.channels.signaling['x-close-codes'],
    Object.entries(CLOSE).map(([name, { code, reason }]) => ({ code, name, reason })),
  );
});
