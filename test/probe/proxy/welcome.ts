/** One log-in through a proxy. */

import type { Via } from '../../../src/probe/links/transport.js';
import { openTransport } from '../../../src/probe/links/ws-transport.js';
import { SUBPROTOCOL } from '../../../src/protocol/frames.js';
import { within } from '../../raw-client.js';

/** Opens a transport, says hello and resolves to the welcome, or to how it was closed. */
export function welcome(url: string, via: Via, token: string): Promise<string> {
  const answer = new Promise<string>((resolve) => {
    const transport = openTransport(
      url,
      SUBPROTOCOL,
      3_000,
      {
        opened: () => transport.send(JSON.stringify({ type: 'hello', token, device: 'phone' })),
        message: (text) => {
          resolve(text);
          transport.end('break');
        },
        closed: (code, reason, error) => resolve(`${code} ${reason} ${error}`),
      },
      via,
    );
  });
  return within(answer, 'an answer');
}
