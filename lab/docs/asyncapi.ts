/** The AsyncAPI 3 document of the protocol, made from the schemas that validate its frames. */
import { z } from 'zod';
import { ClientFrameSchema, ServerFrameSchema } from '../../src/protocol/frame-schemas.js';
import { SUBPROTOCOL } from '../../src/protocol/frames.js';
import { LIMITS } from '../../src/protocol/limits.js';
import { CLOSE, REFUSALS } from '../../src/protocol/reasons.js';
import { EXAMPLES } from './protocol-examples.js';

type Json = Readonly<Record<string, unknown>>;

const MEANINGS: Readonly<Record<string, string>> = {
  'client hello': 'First of all: who this device is. Again on an open connection, it brings a newer token.',
  'client command': 'Starts a call or makes a move in it; the same id gets the same result.',
  'client signal': 'A description or a candidate of WebRTC for the other side of a connected call.',
  'client receipt': 'This device took on this version of the call.',
  'client ack': 'All numbers up to this one arrived.',
  'client ping': 'Heartbeat; `at` is the clock of the client and comes back.',
  'server welcome': 'The session, and the calls of the user as they are.',
  'server result': 'What became of a command, with the call as it is.',
  'server event': 'A call changed: the whole record, one version higher, and what it came from.',
  'server signal': 'What the other side signals, and which device that is.',
  'server receipt': 'A device of the call took on the version that this device made.',
  'server ack': 'All numbers up to this one arrived.',
  'server pong': 'Heartbeat; `time` is the clock of the server.',
  'server error': 'Why the connection is closed next.',
};

/** The whole document as plain data; `version` is the version of the program that publishes it. */
export function asyncApi(version: string): Json {
  const client = messagesOf('client', ClientFrameSchema);
  const server = messagesOf('server', ServerFrameSchema);
  const refs = (messages: Json, at: string): Json[] => Object.keys(messages).map((name) => ({ $ref: `${at}/${name}` }));
  const inChannel = Object.fromEntries(
    Object.keys({ ...client, ...server }).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
  );
  return {
    asyncapi: '3.0.0',
    info: {
      title: `call-probe ${SUBPROTOCOL}`,
      version,
      description: `Calls between users, one record per call. JSON text frames over WebSocket, subprotocol ${SUBPROTOCOL}; frames of at most ${LIMITS.frameBytesMax} bytes. Operations are the server's: it receives what clients send.`,
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    servers: {
      bundled: { host: '127.0.0.1:8787', protocol: 'ws', description: 'call-probe serve' },
    },
    channels: {
      signaling: {
        address: '/',
        title: 'One connection of one device',
        messages: inChannel,
        bindings: {
          ws: {
            method: 'GET',
            headers: {
              type: 'object',
              required: ['Sec-WebSocket-Protocol'],
              properties: { 'Sec-WebSocket-Protocol': { type: 'string', const: SUBPROTOCOL } },
            },
            bindingVersion: '0.1.0',
          },
        },
        'x-close-codes': Object.entries(CLOSE).map(([name, { code, reason }]) => ({ code, name, reason })),
        'x-refusals': REFUSALS,
      },
    },
    operations: {
      fromClient: {
        action: 'receive',
        channel: { $ref: '#/channels/signaling' },
        summary: 'What a device sends.',
        messages: refs(client, '#/channels/signaling/messages'),
      },
      toClient: {
        action: 'send',
        channel: { $ref: '#/channels/signaling' },
        summary: 'What the server sends.',
        messages: refs(server, '#/channels/signaling/messages'),
      },
    },
    components: { messages: { ...client, ...server } },
  };
}

/** Messages by name, `clientHello` to `serverError`; each is a schema of its own, complete in itself. */
function messagesOf(from: 'client' | 'server', schema: typeof ClientFrameSchema | typeof ServerFrameSchema): Json {
  return Object.fromEntries(
    schema.options.map((option) => {
      const type = option.shape.type.value;
      const examples = EXAMPLES.filter((example) => example.from === from && example.frame.type === type);
      const message = {
        name: type,
        title: `${type}, from the ${from}`,
        summary: MEANINGS[`${from} ${type}`],
        payload: jsonSchemaOf(option),
        examples: examples.map(({ name, frame }) => ({ name, payload: frame })),
      };
      return [`${from}${type.charAt(0).toUpperCase()}${type.slice(1)}`, message];
    }),
  );
}

/** As draft 7, which is what AsyncAPI's own schemas are; what arrives may have more fields than are read. */
function jsonSchemaOf(schema: z.ZodType): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input' });
  return rest;
}
