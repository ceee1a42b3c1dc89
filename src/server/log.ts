/** What the server logs: one line per call event, correlated by call, device and number. Tokens and SDP never get here. */
import { pino } from 'pino';
import { addressOf } from '../protocol/address.js';
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

/** Writes the line of one effect of the hub. Levels: info is what a user did and what became of it, debug is who was told. */
export function logEffect(log: ServerLog, effect: HubEffect): void {
  switch (effect.type) {
    case 'changed': {
      const { record, cause, seq } = effect;
      const device = cause.by === null ? null : addressOf(cause.by);
      const fields = { callId: record.id, device, seq, version: record.version, phase: record.phase, reason: record.reason };
      return log.info({ ...fields, move: cause.move, command: cause.command }, `call ${record.phase}`);
    }
    case 'refused': {
      const { call, device, seq, command, op, why } = effect;
      return log.info({ callId: call, device: addressOf(device), seq, version: null, command, op, why }, 'command refused');
    }
    case 'transmit': {
      const { frame, conn } = effect;
      if (frame.type !== 'event') return;
      const device = effect.device === null ? null : addressOf(effect.device);
      return log.debug({ callId: frame.record.id, device, seq: frame.seq, version: frame.record.version, conn }, 'event sent');
    }
    case 'applied':
      return log.debug({ callId: effect.call, device: addressOf(effect.device), version: effect.version }, 'applied');
    case 'session':
      return log.info({ device: addressOf(effect.device), session: effect.session }, `session ${effect.news}`);
    case 'close':
      return log.info({ conn: effect.conn, close: effect.close, why: effect.message }, 'connection closed by the server');
    case 'persist':
      return;
    case 'stray':
      return log.warn(
        { callId: effect.call, device: effect.device && addressOf(effect.device), why: effect.message },
        'stray frame',
      );
  }
}
