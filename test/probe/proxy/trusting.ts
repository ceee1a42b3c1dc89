/** A process that trusts what its environment says: opens each URL through a proxy and prints the answer, a line each. */
import { openTransport } from '../../../src/probe/ws-transport.js';
import { SUBPROTOCOL } from '../../../src/protocol/frames.js';

const [port, token, ...urls] = process.argv.slice(2);

for (const url of urls) {
  const answer = await new Promise<string>((resolve) => {
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
      { host: '127.0.0.1', port: Number(port) },
    );
  });
  process.stdout.write(`${answer.replaceAll('\n', ' ')}\n`);
}
