/** The server's log: one line per call event, with call, device and number. It contains no tokens and no SDP. */
import { pino } from 'pino';
import { addressOf } from '../protocol/address.js';
import { CLOSE, type CloseName } from '../protocol/reasons.js';
import type { HubEffect } from './hub/io.js';

type LogLine = (fields: object, message: string) => void;

/** The part of a logger that the server uses. */
export interface ServerLog {
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
}

export type LogFormat = 'json' | 'pretty' | 'none';

/** A log to standard error, so that standard output stays free for what a command prints. */
export async function createLog(level: string, format: LogFormat): Promise<ServerLog> {
  if (format === 'none') return bound(pino({ level: 'silent' }));
  if (format === 'json') return bound(pino({ level }, pino.destination({ dest: 2, sync: true })));
  const { default: pretty } = await import('pino-pretty');
  const stream = pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l', singleLine: true });
  return bound(pino({ level }, stream));
}

function bound(logger: pino.Logger): ServerLog {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}

/** Closes that are a client's fault: it is broken, hostile or cut off. */
const SUSPICIOUS: readonly CloseName[] = ['rateLimited', 'slowConsumer', 'tooBig', 'badFrame', 'unknownType', 'tooManyDevices'];

/**
 * Writes the line of one effect of the hub. Levels: info is what a user did and the outcome, warn what a client may not do, debug
 * what was sent to which device. `connOf` returns the connection of a device, or null.
 */
export function logEffect(log: ServerLog, effect: HubEffect, connOf: (device: string) => string | null): void {
  switch (effect.type) {
    case 'changed': {
      const { record, cause, seq } = effect;
      const device = cause.by === null ? null : addressOf(cause.by);
      const conn = device === null ? null : connOf(device);
      const fields = {
        callId: record.id,
        device,
        conn,
        seq,
        version: record.version,
        phase: record.phase,
        reason: record.reason,
      };
      return log.info({ ...fields, move: cause.move, command: cause.command }, `call ${record.phase}`);
    }
    case 'refused': {
      const { call, seq, command, op, why } = effect;
      const device = addressOf(effect.device);
      return log.info({ callId: call, device, conn: connOf(device), seq, version: null, command, op, why }, 'command refused');
    }
    case 'transmit':
      return logTransmit(log, effect);
    case 'applied':
      return log.debug({ callId: effect.call, device: addressOf(effect.device), version: effect.version }, 'applied');
    case 'session':
      return log.info(
        { device: addressOf(effect.device), conn: connOf(addressOf(effect.device)), session: effect.session },
        `session ${effect.change}`,
      );
    case 'close': {
      const fields = { conn: effect.conn, close: effect.close, code: CLOSE[effect.close].code, why: effect.message };
      const line = SUSPICIOUS.includes(effect.close) ? log.warn : log.info;
      return line(fields, 'connection closed by the server');
    }
    case 'persist':
    case 'answered':
      return;
    case 'stray':
      return log.warn(
        { callId: effect.call, device: effect.device && addressOf(effect.device), why: effect.message },
        'stray frame',
      );
  }
}

/** What was sent to which device; `diagnose --server-log` reads these lines. */
function logTransmit(log: ServerLog, effect: Extract<HubEffect, { type: 'transmit' }>): void {
  const { frame, conn } = effect;
  const device = effect.device === null ? null : addressOf(effect.device);
  if (frame.type === 'event') {
    const { id, version } = frame.record;
    return log.debug({ callId: id, device, seq: frame.seq, version, conn }, 'event sent');
  }
  if (frame.type === 'result') {
    const { seq, id, refused, record } = frame;
    const fields = { callId: record?.id ?? null, device, seq, version: record?.version ?? null, command: id, why: refused, conn };
    return log.debug(fields, 'result sent');
  }
  if (frame.type !== 'welcome') return;
  const calls = frame.calls.map(({ id, version }) => `${id} ${version}`);
  log.debug({ device, seq: null, resumed: frame.resumed, calls, conn }, 'welcome sent');
}
