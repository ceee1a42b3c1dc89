/** The options of every command that speaks to a target: how it is spoken to, how it is reached, and who logs in there. */
import { Option } from 'commander';
import { CALLSYNC } from '../adapters/index.js';

type Env = (flags: string, name: string, description: string) => Option;

export function foreignOptions(env: Env): Option[] {
  const collect = (value: string, all: readonly string[] | undefined): string[] => [...(all ?? []), value];
  return [
    env('--adapter <name|file>', 'ADAPTER', 'how the target speaks: a name (see "list adapters"), a dialect or a module').default(
      CALLSYNC,
    ),
    env('--credentials <file>', 'CREDENTIALS', 'CSV with a column "user" and what the adapter wants of each user'),
    new Option(
      '--header <name: value>',
      'sent with every connection; @FILE in place of the value reads it (repeatable)',
    ).argParser(collect),
    env('--tls-ca <file>', 'TLS_CA', "certificates (PEM) that are trusted in place of the system's"),
    env('--tls-cert <file>', 'TLS_CLIENT_CERT', 'certificate of the client (PEM)'),
    env('--tls-key <file>', 'TLS_CLIENT_KEY', 'private key of that certificate (PEM)'),
    new Option('--insecure', 'trust any certificate: whoever answers can be anybody'),
    env('--proxy <url>', 'PROXY', 'HTTP proxy in front of the target, such as http://127.0.0.1:3128'),
  ];
}
