/** The flag `--media-address`: the address of the probe's media sockets, for targets that terminate media and refuse loopback. */
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { UsageError } from './exit.js';

/** The address, if it belongs to this machine; undefined means loopback. Throws a UsageError. */
export function mediaAddressFlag(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const given = `--media-address ${JSON.stringify(text.slice(0, 80))}`;
  if (!isIPv4(text)) throw new UsageError(`${given} is not an IPv4 address such as 127.0.0.1`);
  const own = Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.filter(({ family }) => family === 'IPv4').map(({ address }) => address),
  );
  if (text.startsWith('127.') || own.includes(text)) return text;
  throw new UsageError(`${given} is not an address of this machine; available are ${own.join(', ')}`);
}

/** The part of a replay command for it. */
export function mediaAddressReplay(address: string | undefined): string {
  return address === undefined ? '' : ` --media-address ${address}`;
}
