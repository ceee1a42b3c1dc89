/** The options of every command with a target: adapter, connection and credentials. */
import { Option } from 'commander';
import { CALLSYNC } from '../adapters/index.js';

type Env = (flags: string, name: string, description: string) => Option;

export function foreignOptions(env: Env): Option[] {
  const collect = (value: string, all: readonly string[] | undefined): string[] => [...(all ?? []), value];
  return [
    env(
      '--adapter <name|file>',
      'ADAPTER',
      'adapter for the target: a name (see "list adapters"), a dialect or a module',
    ).default(CALLSYNC),
    env('--credentials <file>', 'CREDENTIALS', 'CSV with a column "user" and the columns that the adapter needs'),
    new Option(
      '--header <name: value>',
      'sent with every connection; @FILE instead of the value reads it from a file (repeatable)',
    ).argParser(collect),
    env('--tls-ca <file>', 'TLS_CA', "certificates (PEM), trusted instead of the system's"),
    env('--tls-cert <file>', 'TLS_CLIENT_CERT', 'client certificate (PEM)'),
    env('--tls-key <file>', 'TLS_CLIENT_KEY', 'private key of the client certificate (PEM)'),
    new Option('--insecure', 'trust any certificate, without any check'),
    env('--proxy <url>', 'PROXY', 'HTTP proxy in front of the target, such as http://127.0.0.1:3128'),
    new Option('--no-receipts', 'send no WebSocket pings after messages: less proof of what the target has read'),
  ];
}
