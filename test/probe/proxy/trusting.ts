/** A process that trusts what its environment says: opens each URL through a proxy and prints the answer, a line each. */
import { welcome } from './welcome.js';

const [port, token = '', ...urls] = process.argv.slice(2);

for (const url of urls) {
  const answer = await welcome(url, { host: '127.0.0.1', port: Number(port) }, token);
  process.stdout.write(`${answer.replaceAll('\n', ' ')}\n`);
}
