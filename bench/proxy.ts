/** What the proxy costs a WebSocket: round trips per second through it, beside those of a direct connection, in turns. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { latency } from '../src/faults/link/latency.js';
import type { LinkFault } from '../src/faults/link/link-fault.js';
import type { Toxic } from '../src/faults/link/toxic.js';
import { startProxy } from '../src/probe/proxy/proxy.js';
import { type Bench, median, type Row } from './bench.js';
import type { Asked, EchoClientMessage, EchoServerMessage } from './proxy-echo.js';

const SHARE_MIN = 0.4;
const TURNS = 5;
const TURN_MS = 1_000;
/** Messages that a client has under way at once. */
const WINDOWS = [1, 64] as const;

const toxicOf = (fault: LinkFault, values: Toxic['values']): Toxic => ({
  name: fault.name,
  fault,
  values,
  stream: 'both',
  toxicity: 1,
});

/** Server, client and proxy are processes of their own, as in use; this one only asks. */
export const proxyBench: Bench = {
  name: 'proxy: ws round trips, and what a proxy leaves of them',
  async run() {
    const entry = fileURLToPath(new URL('proxy-echo.js', import.meta.url));
    const children: ChildProcess[] = [];
    const start = (role: string, ...args: string[]): ChildProcess => {
      const child = fork(entry, [role, ...args]);
      children.push(child);
      return child;
    };
    const portOf = async (child: ChildProcess): Promise<number> => {
      const [message] = (await once(child, 'message')) as [EchoServerMessage];
      return message.port;
    };
    try {
      const serverPort = await portOf(start('server'));
      const proxyPort = await portOf(start('proxy', String(serverPort)));
      const client = start('client');
      const rate = async (asked: Asked): Promise<number> => {
        client.send(asked);
        const [{ perSecond }] = (await once(client, 'message')) as [EchoClientMessage];
        return perSecond;
      };
      const rows: Row[] = [['', 'direct', 'through the proxy', 'left', `at least ${SHARE_MIN * 100} %`]];
      for (const window of WINDOWS) {
        const shares: number[] = [];
        const figures: { direct: number; proxied: number }[] = [];
        for (const port of [serverPort, proxyPort]) await rate({ port, window, ms: TURN_MS / 4 });
        for (let turn = 0; turn < TURNS; turn++) {
          const direct = await rate({ port: serverPort, window, ms: TURN_MS });
          const proxied = await rate({ port: proxyPort, window, ms: TURN_MS });
          figures.push({ direct, proxied });
          shares.push(proxied / direct);
        }
        const share = median(shares);
        rows.push([
          `${window} under way`,
          `${Math.round(median(figures.map(({ direct }) => direct)))}/s`,
          `${Math.round(median(figures.map(({ proxied }) => proxied)))}/s`,
          `${(share * 100).toFixed(0)} %`,
          share >= SHARE_MIN ? 'met' : 'MISSED',
        ]);
      }
      rows.push(await delayRow(serverPort, rate));
      return rows;
    } finally {
      for (const child of children) child.kill();
    }
  },
};

/** How exact a delay is: one round trip at a time through a latency of 20 ms in each direction. */
async function delayRow(serverPort: number, rate: (asked: Asked) => Promise<number>): Promise<Row> {
  const proxy = await startProxy({
    listen: { host: '127.0.0.1', port: 0 },
    upstream: { host: '127.0.0.1', port: serverPort },
    seed: 'bench',
    toxics: [toxicOf(latency, { latency: 20, jitter: 0 })],
  });
  try {
    const perSecond = await rate({ port: proxy.port, window: 1, ms: 4_000 });
    const overMs = 1_000 / perSecond / 2 - 20;
    return [
      'latency 20 ms',
      'each way',
      `${(overMs + 20).toFixed(2)} ms`,
      `+${overMs.toFixed(2)} ms`,
      overMs < 2 ? 'met (2 ms)' : 'MISSED',
    ];
  } finally {
    await proxy.close();
  }
}
