/** Two sessions of one media process talking to each other, with the signaling of the shortest kind: a function call. */

import type { MediaReport } from '../../../src/client/ports.js';
import type { MediaHost, MediaSession } from '../../../src/probe/runtime/ports.js';

type Side = 'caller' | 'callee';
export type Kind = MediaReport['kind'];
type Having<R, K> = R extends { readonly kind: infer Own } ? (K extends Own ? R : never) : never;
export type ReportOf<K extends Kind> = Having<MediaReport, K>;

export interface LiveCall {
  readonly sessions: { readonly [S in Side]: MediaSession };
  readonly reports: { readonly [S in Side]: MediaReport[] };
  /** Resolves with the first report of that kind, and stage where one is given, also when it came before. */
  seen<K extends Kind>(side: Side, kind: K, stage?: 'ice' | 'dtls' | 'rtp'): Promise<ReportOf<K>>;
  /** Resolves when that many reports of that kind have come. */
  seenTimes(side: Side, kind: Kind, times: number): Promise<void>;
  close(): Promise<void>;
}

/** What a test does to a report on its way to the other side: other reports instead, none to lose it. */
export type Tamper = (from: Side, report: MediaReport) => readonly MediaReport[];

const honest: Tamper = (_from, report) => [report];

/** Starts a call from `host` to `calleeHost`, by default within one process. */
export function startCall(host: MediaHost, call: string, tamper: Tamper = honest, calleeHost: MediaHost = host): LiveCall {
  const reports: { [S in Side]: MediaReport[] } = { caller: [], callee: [] };
  const waiting = new Set<() => void>();
  const sinkOf =
    (side: Side) =>
    (report: MediaReport): void => {
      reports[side].push(report);
      const other = sessions[side === 'caller' ? 'callee' : 'caller'];
      for (const told of tamper(side, report)) {
        if (told.kind === 'description') other.remoteDescription(told.description);
        if (told.kind === 'candidate') other.remoteCandidate(told.candidate);
      }
      for (const check of waiting) check();
    };
  const sessions = {
    caller: host.open('alice/phone', call, sinkOf('caller')),
    callee: calleeHost.open('bob/phone', call, sinkOf('callee')),
  };
  const seen: LiveCall['seen'] = (side, kind, stage) =>
    new Promise((resolve) => {
      const check = (): void => {
        const found = reports[side].find(
          (each) => each.kind === kind && (stage === undefined || ('stage' in each && each.stage === stage)),
        );
        if (found === undefined) return;
        waiting.delete(check);
        resolve(found as ReportOf<typeof kind>);
      };
      waiting.add(check);
      check();
    });
  const seenTimes: LiveCall['seenTimes'] = (side, kind, times) =>
    new Promise((resolve) => {
      const check = (): void => {
        if (reports[side].filter((each) => each.kind === kind).length < times) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  sessions.caller.offer();
  return {
    sessions,
    reports,
    seen,
    seenTimes,
    async close() {
      sessions.caller.close();
      sessions.callee.close();
      await Promise.all([seen('caller', 'closed'), seen('callee', 'closed')]);
    },
  };
}
