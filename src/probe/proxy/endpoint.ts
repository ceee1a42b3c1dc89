/** Host and port: `127.0.0.1:9000`, `[::1]:9000`, `:9000`. */
import { isIP } from 'node:net';
import type { Endpoint } from './proxy.js';

export const LOOPBACK_HOST = '127.0.0.1';

/** Parses an endpoint; without a host it is on loopback. Null if invalid. Never throws. */
export function parseEndpoint(text: string): Endpoint | null {
  const match = /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9._-]{0,253})):([0-9]{1,5})$/.exec(text.slice(0, 300));
  if (match === null) return null;
  const [, six, other = '', digits = ''] = match;
  const port = Number(digits);
  if (port > 65_535 || (six !== undefined && isIP(six) !== 6)) return null;
  return { host: six ?? (other === '' ? LOOPBACK_HOST : other), port };
}

/** Formats an endpoint: the inverse of `parseEndpoint`. */
export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
