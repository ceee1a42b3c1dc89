/**
 * Socket.IO as in its v4 clients: Engine.IO protocol 4 packets that carry Socket.IO protocol 5 packets
 * (github.com/socketio/engine.io-protocol, socket.io-protocol). Binary attachments of events are read as placeholders,
 * `{ _placeholder: true, num: 0 }`; the attachments that follow are ignored.
 */
import type { Codec, Decoded } from './codec.js';

/** The path and query that a server of Socket.IO v4 expects. */
export const SOCKET_IO_PATH = '/socket.io/';
export function socketIoQuery(isPolling: boolean): Readonly<Record<string, string>> {
  return { EIO: '4', transport: isPolling ? 'polling' : 'websocket' };
}

export class SocketIoCodec implements Codec {
  readonly isJoinedAtOnce = false;
  readonly #prefix: string;

  constructor(readonly namespace: string) {
    this.#prefix = namespace === '/' ? '' : `${namespace},`;
  }

  decode(text: string, auth: () => unknown): Decoded {
    switch (text[0]) {
      // A binary frame of a WebSocket has no text; in a body of long-polling it is base64.
      case undefined:
      case 'b':
        return { type: 'control', name: 'attachment', say: null };
      case '0': {
        const value = auth();
        return { type: 'control', name: 'open', say: `40${this.#prefix}${value === undefined ? '' : JSON.stringify(value)}` };
      }
      case '1':
        return { type: 'left' };
      case '2':
        return { type: 'control', name: 'ping', say: `3${text.slice(1)}` };
      case '3':
      case '6':
        return { type: 'control', name: text[0] === '3' ? 'pong' : 'noop', say: null };
      case '4':
        return this.#packet(text.slice(1));
      default:
        return { type: 'unreadable', why: 'not a packet of Engine.IO 4' };
    }
  }

  #packet(text: string): Decoded {
    const match = /^([0-6])(?:\d+-)?(?:(\/[^,]*),)?(\d+)?(.*)$/s.exec(text);
    if (match === null) return { type: 'unreadable', why: 'not a packet of Socket.IO 5' };
    const [, kind, namespace = '/', id, data = ''] = match;
    if (namespace !== this.namespace) return { type: 'control', name: `namespace ${namespace.slice(0, 40)}`, say: null };
    const body = data === '' ? undefined : parsed(data);
    if (body === null && data !== 'null') return { type: 'unreadable', why: 'its data is not JSON' };
    const number = id === undefined ? null : Number(id);
    switch (kind) {
      case '0':
        return { type: 'joined', document: { event: 'connect', args: [body] } };
      case '1':
        return { type: 'left' };
      case '2':
      case '5': {
        if (!Array.isArray(body) || typeof body[0] !== 'string') return { type: 'unreadable', why: 'an event without its name' };
        const [event, ...args] = body as [string, ...unknown[]];
        return { type: 'message', document: { event, args }, ackId: number, answers: null };
      }
      case '3':
      case '6':
        return {
          type: 'message',
          document: { event: 'ack', args: Array.isArray(body) ? body : [] },
          ackId: null,
          answers: number,
        };
      case '4':
        return { type: 'refused', message: messageIn(body) };
      default:
        return { type: 'unreadable', why: 'not a packet of Socket.IO 5' };
    }
  }

  message(value: unknown): string {
    return this.event('message', [value], null);
  }

  event(name: string, args: readonly unknown[], ackId: number | null): string {
    return `42${this.#prefix}${ackId ?? ''}${JSON.stringify([name, ...args])}`;
  }

  ack(id: number, args: readonly unknown[]): string {
    return `43${this.#prefix}${id}${JSON.stringify(args)}`;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function messageIn(body: unknown): string {
  const has = typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string';
  return has ? String((body as { message: string }).message) : 'without a reason';
}
