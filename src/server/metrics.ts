/** The server's metrics, for Prometheus. Labels come from closed lists and contain no user, device, call or address. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Phase } from '../protocol/call.js';
import type { CloseName } from '../protocol/reasons.js';
import type { GateRefusal } from './gate.js';
import type { HubEffect } from './hub/io.js';

/** Current values for a scrape. */
export interface Holdings {
  readonly connections: number;
  readonly unauthenticated: number;
  readonly sessions: number;
  readonly phases: Readonly<Record<Phase, number>>;
  readonly isReady: boolean;
}

export interface ServerMetrics {
  readonly contentType: string;
  frame(direction: 'in' | 'out', bytes: number): void;
  effect(effect: HubEffect): void;
  refused(why: GateRefusal): void;
  /** A connection ended; `client` if the client or the network ended it. */
  closed(by: CloseName | 'client'): void;
  timed(what: 'hub' | 'commit', ms: number): void;
  /** The text that Prometheus reads. */
  page(holdings: Holdings): Promise<string>;
}

const SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

/** Metrics in a separate registry. Those of the process, such as event-loop lag, have prom-client's names. */
export function createMetrics(): ServerMetrics {
  const register = new Registry();
  const registers = [register];
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision: 20 });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> =>
    new Gauge({ name: `call_probe_${name}`, help, labelNames: [...labelNames], registers });
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    new Counter({ name: `call_probe_${name}_total`, help, labelNames: [...labelNames], registers });
  const histogram = (name: string, help: string): Histogram =>
    new Histogram({ name: `call_probe_${name}_seconds`, help, buckets: SECONDS, registers });

  const connections = gauge('connections', 'Open WebSocket connections');
  const unauthenticated = gauge('connections_unauthenticated', 'Open connections whose token is not verified yet');
  const sessions = gauge('sessions', 'Sessions of devices, including offline ones within their grace');
  const calls = gauge('live_calls', 'Live calls by phase', ['phase']);
  const ready = gauge('ready', '1 while the server accepts connections, otherwise 0');
  const ended = counter('calls_ended', 'Calls that ended, by reason', ['reason']);
  const commands = counter('commands', 'Commands by op and outcome: ok, or the code of the refusal', ['op', 'outcome']);
  const sessionNews = counter('session_changes', 'Sessions opened, resumed, lost, expired and replaced', ['change']);
  const strays = counter('stray_frames', 'Frames of calls that their sender does not take part in', []);
  const closes = counter('connections_closed', 'Connections that ended, by the name of the close code', ['close']);
  const refusals = counter('handshakes_refused', 'Handshakes refused before the upgrade, by cause', ['cause']);
  const frames = counter('frames', 'Frames by direction', ['direction']);
  const bytes = counter('bytes', 'Bytes of frames by direction', ['direction']);
  const hub = histogram('hub_turn', 'Time of the hub for the inputs of one turn of the event loop');
  const commit = histogram('store_commit', 'Time of the store to commit one turn');

  return {
    contentType: register.contentType,
    frame(direction, count) {
      frames.inc({ direction });
      bytes.inc({ direction }, count);
    },
    effect(effect) {
      if (effect.type === 'answered') commands.inc({ op: effect.op, outcome: effect.refused ?? 'ok' });
      else if (effect.type === 'session') sessionNews.inc({ change: effect.change });
      else if (effect.type === 'stray') strays.inc();
      else if (effect.type === 'close') closes.inc({ close: effect.close });
      else if (effect.type === 'changed' && effect.record.reason !== null) ended.inc({ reason: effect.record.reason });
    },
    refused: (cause) => refusals.inc({ cause }),
    closed: (close) => closes.inc({ close }),
    timed: (what, ms) => (what === 'hub' ? hub : commit).observe(ms / 1_000),
    page(holdings) {
      connections.set(holdings.connections);
      unauthenticated.set(holdings.unauthenticated);
      sessions.set(holdings.sessions);
      ready.set(holdings.isReady ? 1 : 0);
      for (const phase of ['inviting', 'ringing', 'connected'] as const) calls.set({ phase }, holdings.phases[phase]);
      return register.metrics();
    },
  };
}
