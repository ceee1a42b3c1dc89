/** The flags for foreign targets: adapter, connection and credentials. Secrets are read from files and never printed. */
import { readFileSync } from 'node:fs';
import { CALLSYNC } from '../adapters/index.js';
import { loadAdapter } from '../adapters/load.js';
import type { SocketSettings, TlsSettings } from '../probe/links/transport.js';
import type { ForeignSettings } from '../probe/targets/target.js';
import { quote } from '../scenarios/run/shell-word.js';
import { credentialsFrom } from './credentials.js';
import { UsageError } from './exit.js';

export interface ForeignFlags {
  readonly adapter: string;
  readonly credentials?: string;
  readonly header?: readonly string[];
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly insecure?: boolean;
  readonly proxy?: string;
  /** False with `--no-receipts`. */
  readonly receipts?: boolean;
}

/** The settings for a foreign target; null for one that speaks callsync.v1. Rejects with an AdapterError or a UsageError. */
export async function foreignSettings(flags: ForeignFlags): Promise<ForeignSettings | null> {
  const adapter = await loadAdapter(flags.adapter);
  const { receipts = true } = flags;
  if (adapter !== null)
    return { adapter, socket: socketSettings(flags), credentials: credentialsOf(flags), receipts, notice: noted() };
  if (!receipts) throw new UsageError(`--no-receipts needs an --adapter other than ${CALLSYNC}`);
  const [given] = (['credentials', 'header', 'tlsCa', 'tlsCert', 'tlsKey', 'insecure', 'proxy'] as const).filter(
    (name) => flags[name] !== undefined,
  );
  if (given === undefined) return null;
  const flag = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new UsageError(`--${flag} needs an --adapter other than ${CALLSYNC}`);
}

/** Writes each notice once, however many workers connect. */
function noted(): (text: string) => void {
  const written = new Set<string>();
  return (text) => {
    if (!written.has(text)) process.stderr.write(`NOTE ${text}\n`);
    written.add(text);
  };
}

/** The part of a replay command for these flags: names of files, and no secrets. */
export function foreignReplay({
  credentials,
  header = [],
  tlsCa,
  tlsCert,
  tlsKey,
  insecure,
  proxy,
  receipts,
}: ForeignFlags): string {
  const flag = (name: string, value: string | undefined): string[] => (value === undefined ? [] : [`--${name} ${quote(value)}`]);
  const words = [
    ...flag('credentials', credentials),
    ...header.flatMap((text) => flag('header', /:\s*@/.test(text) ? text : `${text.split(':')[0]}: ...`)),
    ...flag('tls-ca', tlsCa),
    ...flag('tls-cert', tlsCert),
    ...flag('tls-key', tlsKey),
    ...(insecure === true ? ['--insecure'] : []),
    ...(receipts === false ? ['--no-receipts'] : []),
    ...flag('proxy', proxy === undefined ? undefined : proxy.replace(/\/\/[^/@]*@/, '//...@')),
  ];
  return words.map((word) => ` ${word}`).join('');
}

function credentialsOf({ credentials }: ForeignFlags): ForeignSettings['credentials'] {
  return credentials === undefined ? new Map() : credentialsFrom(textOf('--credentials', credentials), credentials);
}

function socketSettings(flags: ForeignFlags): SocketSettings {
  const { tlsCa, tlsCert, tlsKey, insecure, proxy } = flags;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) throw new UsageError('--tls-cert and --tls-key go together');
  if (insecure === true && tlsCa !== undefined)
    throw new UsageError('--insecure and --tls-ca cannot be combined: with a CA the certificate is checked');
  if (insecure === true) {
    process.stderr.write('WARNING --insecure: certificates are not checked; any server that answers gets the credentials\n');
  }
  const tls: TlsSettings = {
    ...(tlsCa === undefined ? {} : { ca: textOf('--tls-ca', tlsCa) }),
    ...(tlsCert === undefined ? {} : { cert: textOf('--tls-cert', tlsCert) }),
    ...(tlsKey === undefined ? {} : { key: textOf('--tls-key', tlsKey) }),
    ...(insecure === true ? { rejectUnauthorized: false } : {}),
  };
  return {
    headers: Object.fromEntries((flags.header ?? []).map(headerOf)),
    tls,
    ...(proxy === undefined ? {} : { proxy: proxyOf(proxy) }),
  };
}

function headerOf(text: string): [string, string] {
  const match = /^([\w!#$%&'*+.^`|~-]+):\s*(.*)$/s.exec(text);
  const [, name = '', value = ''] = match ?? [];
  if (match === null || /[\r\n]/.test(value))
    throw new UsageError('--header is a name, a colon and a value, such as --header "x-tenant: 7"');
  return [name, value.startsWith('@') ? textOf('--header', value.slice(1)).trim() : value];
}

function proxyOf(text: string): string {
  if (URL.canParse(text) && new URL(text).protocol === 'http:') return text;
  throw new UsageError('--proxy is the URL of an HTTP proxy, such as http://127.0.0.1:3128');
}

function textOf(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(`${flag} ${file}: ${code === 'ENOENT' ? 'no such file' : `cannot be read: ${code ?? message}`}`);
  }
}
