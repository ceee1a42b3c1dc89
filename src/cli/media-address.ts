/** The flag `--media-address`: where the probe's media sockets are bound, for targets that are ends of the media and refuse loopback. */
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { UsageError } from './exit.js';

/** The address, when it is one of this machine's own. Throws a UsageError; undefined stays so and is loopback. */
export function mediaAddressFlag(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const given = `--media-address ${JSON.stringify(text.slice(0, 80))}`;
  if (!isIPv4(text)) throw new UsageError(`${given} is no IPv4 address, such as 127.0.0.1`);
  const own = Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.filter(({ family }) => family === 'IPv4').map(({ address }) => address),
  );
  if (text.startsWith('127.') || own.includes(text)) return text;
  throw new UsageError(`${given} is no address of this machine; its own are ${own.join(', ')}`);
}

/** What the command of a replay needs of it. */
export function mediaAddressReplay(address: string | undefined): string {
  return address === undefined ? '' : ` --media-address ${address}`;
}
