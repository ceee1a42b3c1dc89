/** The waits of `call-probe serve`: a flag and a variable of the environment for each. */
import { WAIT_TABLE, WAITS, type Waits } from '../protocol/limits.js';

/** Flags by the wait that they set, in the order of the help. */
export const WAIT_FLAGS = {
  inviteMs: { flag: '--invite-timeout', env: 'INVITE_TIMEOUT' },
  ringMs: { flag: '--ring-timeout', env: 'RING_TIMEOUT' },
  graceMs: { flag: '--grace', env: 'GRACE' },
  endedMs: { flag: '--keep-ended', env: 'KEEP_ENDED' },
  heartbeatMs: { flag: '--heartbeat', env: 'HEARTBEAT' },
  silentMs: { flag: '--silence', env: 'SILENCE' },
  helloMs: { flag: '--hello-timeout', env: 'HELLO_TIMEOUT' },
  resendMs: { flag: '--resend', env: 'RESEND' },
  resendMsMax: { flag: '--resend-max', env: 'RESEND_MAX' },
  ackMs: { flag: '--ack-delay', env: 'ACK_DELAY' },
} as const satisfies { readonly [K in keyof Waits]?: { readonly flag: string; readonly env: string } };

export type ServeWait = keyof typeof WAIT_FLAGS;

/** Names, defaults and help, for the program and the documents. */
export const waitFlags = (): { wait: ServeWait; flag: string; env: string; standard: string; help: string }[] =>
  (Object.keys(WAIT_FLAGS) as ServeWait[]).map((wait) => ({
    wait,
    ...WAIT_FLAGS[wait],
    standard: durationText(WAITS[wait]),
    help: WAIT_TABLE[wait].what,
  }));

/** A duration as a flag value; `formatDuration` would load the scenario language for the help. */
function durationText(ms: number): string {
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}
