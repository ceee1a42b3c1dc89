/** Decodes the text on a socket into a message for paths: plain JSON, or the packets of Socket.IO v4. */

/** A decoded text. */
export type Decoded =
  /** A message of the application. `ackId` asks for an acknowledgement; `answers` is what it acknowledges. */
  | { readonly type: 'message'; readonly document: unknown; readonly ackId: number | null; readonly answers: number | null }
  /** A message of the transport protocol; `say` is the answer to send at once. */
  | { readonly type: 'control'; readonly name: string; readonly say: string | null }
  /** The application's part of the connection is open, refused, or closed. */
  | { readonly type: 'joined'; readonly document: unknown }
  | { readonly type: 'refused'; readonly message: string }
  | { readonly type: 'left' }
  | { readonly type: 'unreadable'; readonly why: string };

export interface Codec {
  /** Whether the open socket is enough for the application. */
  readonly isJoinedAtOnce: boolean;
  decode(text: string, auth: () => unknown): Decoded;
  /** A message of the application as text. */
  message(value: unknown): string;
  event(name: string, args: readonly unknown[], ackId: number | null): string;
  ack(id: number, args: readonly unknown[]): string;
}

export const JSON_CODEC: Codec = {
  isJoinedAtOnce: true,
  decode(text) {
    try {
      return { type: 'message', document: JSON.parse(text), ackId: null, answers: null };
    } catch {
      // Some servers send plain texts such as "ping" or "OK": a condition matches them with the path $.
      return { type: 'message', document: text, ackId: null, answers: null };
    }
  },
  message: (value) => (typeof value === 'string' ? value : JSON.stringify(value)),
  event: (name, args) => JSON.stringify([name, ...args]),
  ack: (_id, args) => JSON.stringify(args),
};
