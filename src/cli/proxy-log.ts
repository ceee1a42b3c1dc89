/** The output of `call-probe proxy`: a line for each ended connection, and a summary. */

import type { ProxyEvent, ToxicCount } from '../probe/proxy/proxy.js';
import { systemClock } from '../probe/runtime/clock.js';
import { counted, duration, printable } from '../reporters/format.js';
import { type Look, lookOf } from '../reporters/look.js';
import type { Out } from '../reporters/reporter.js';

type Closed = Extract<ProxyEvent, { type: 'closed' }>;

const COLUMNS = { number: 5, from: 21, time: 9, bytes: 8 } as const;
const ENDINGS: Readonly<Record<Closed['how'], string>> = {
  ended: 'ended by both sides',
  closed: 'closed by a toxic',
  reset: 'reset by a toxic',
  'peer-reset': 'broken by a peer',
  unreachable: 'upstream unreachable',
  'proxy-closed': 'open until the end',
};

export class ConnectionLog {
  readonly #out: Out;
  readonly #look: Look;
  /** There may be several proxies, so each line names its proxy. */
  readonly #isNamed: boolean;
  readonly #startedAt = systemClock.now();
  #hasHead = false;
  #connections = 0;
  #up = 0;
  #down = 0;
  #isEnding = false;

  constructor(out: Out, isNamed: boolean) {
    this.#out = out;
    this.#look = lookOf(out);
    this.#isNamed = isNamed;
  }

  event(proxy: string, event: ProxyEvent): void {
    switch (event.type) {
      case 'closed':
        this.#closed(proxy, event);
        break;
      case 'refused':
        this.#say(this.#look.paint.yellow(`${this.#prefix(proxy)}${event.from} was reset: too many connections, or down`));
        break;
      case 'not-listening':
        this.#say(this.#look.paint.red(`${this.#prefix(proxy)}the port cannot be bound again (${event.error}): retrying`));
        break;
      case 'opened':
      case 'hit':
        break;
    }
  }

  /** From now on, connections end because the proxy ends. */
  ending(): void {
    this.#isEnding = true;
    if (this.#out.isTTY) this.#say('');
  }

  summary(proxies: readonly { readonly name: string; readonly counters: readonly ToxicCount[] }[]): void {
    const time = duration(systemClock.now() - this.#startedAt);
    this.#say(`${counted(this.#connections, 'connection')} in ${time}, ${bytes(this.#up)} up, ${bytes(this.#down)} down`);
    const rows = proxies.flatMap(({ name, counters }) => counters.map((count) => ({ name: this.#prefix(name), count })));
    if (rows.length === 0) return;
    const label = ({ name, count }: (typeof rows)[number]): string => `${name}${printable(count.toxic)}`;
    const width = Math.max(5, ...rows.map((row) => label(row).length));
    const cells = (values: readonly string[]): string => values.map((value) => value.padStart(8)).join('');
    this.#say(
      this.#look.paint.dim(`${'toxic'.padEnd(width)}  stream    ${cells(['hits', 'bytes', 'stalls', 'resets', 'closes'])}`),
    );
    for (const row of rows) {
      const { stream, hits, bytes: touched, stalls, resets, closes } = row.count;
      const figures = cells([`${hits}`, bytes(touched), `${stalls}`, `${resets}`, `${closes}`]);
      this.#say(`${label(row).padEnd(width)}  ${stream.padEnd(10)}${figures}`);
    }
  }

  #closed(proxy: string, { connection, from, how, error, ms, upstream, downstream, toxics }: Closed): void {
    this.#connections += 1;
    this.#up += upstream.read;
    this.#down += downstream.read;
    if (!this.#hasHead) this.#say(this.#look.paint.dim(line('#', 'from', 'time', 'up', 'down', 'how it ended', '')));
    this.#hasHead = true;
    const end = `${ENDINGS[how]}${error === null ? '' : ` (${error})`}`;
    const acted = toxics.length === 0 ? '' : `, ${toxics.map(printable).join(' ')}`;
    const text = line(`${connection}`, from, duration(ms), bytes(upstream.read), bytes(downstream.read), end, acted);
    const paint =
      how === 'unreachable' ? this.#look.paint.red : how === 'ended' || this.#isEnding ? String : this.#look.paint.yellow;
    this.#say(`${this.#prefix(proxy)}${paint(text)}`);
  }

  #prefix(proxy: string): string {
    return this.#isNamed ? `${printable(proxy)} ` : '';
  }

  #say(text: string): void {
    this.#out.write(`${text}\n`);
  }
}

function line(number: string, from: string, time: string, up: string, down: string, end: string, toxics: string): string {
  const { number: numberWidth, from: fromWidth, time: timeWidth, bytes: bytesWidth } = COLUMNS;
  return `${number.padStart(numberWidth)}  ${from.padEnd(fromWidth)}${time.padStart(timeWidth)}${up.padStart(bytesWidth + 2)}${down.padStart(bytesWidth + 2)}  ${end}${toxics}`;
}

/** Readable bytes, K is 1,000: `512 B`, `1.2 KB`, `34 MB`. */
export function bytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  const [value, unit] = count < 999_500 ? [count / 1e3, 'KB'] : count < 999_500_000 ? [count / 1e6, 'MB'] : [count / 1e9, 'GB'];
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}
