/** The decisions of a device outside its replica that a known bug gets wrong. */

import type { CommandName } from '../protocol/call.js';
import type { Wire } from '../protocol/frames.js';
import type { Waits } from '../protocol/limits.js';
import type { Millis } from '../protocol/machine.js';
import type { SessionDescription } from '../protocol/media.js';
import { renumbered, type SessionMachine, type SessionState, sessionMachine } from '../protocol/session.js';
import type { Shown } from './replica.js';
import type { ClockSample } from './server-clock.js';

/** What a call timer can be reckoned from. */
export interface TimerReading {
  /** Server time. */
  readonly startedAt: Millis;
  /** The device's monotonic clock, and its wall clock in milliseconds since the epoch. */
  readonly now: Millis;
  readonly wall: Millis;
  /** What the device knows of the server's clock against its monotonic one. */
  readonly clock: ClockSample;
}

export interface AgentDecisions {
  /** The machine of a new session. */
  machine(waits: Waits): SessionMachine<Wire>;
  /** What the next session takes over from one that the server no longer has. */
  carryOver(old: SessionState<Wire>): SessionState<Wire>;
  /** What the call timer shows. */
  elapsedMs(reading: TimerReading): Millis;
  /** Whether an action of the user becomes a command. */
  emits(op: CommandName): boolean;
  /** What its media makes of a description of the other side. */
  takes(description: SessionDescription): SessionDescription;
  /** How long it shows what was before a change. */
  showsAfterMs(before: Shown, after: Shown): Millis;
  /** Whether it asks by HTTP for the call that it shows while no socket can be had. */
  readonly asksByHttp: boolean;
  /** Whether it ends a wait for the server by itself. */
  readonly givesUp: boolean;
  /** Whether what the server says of a call takes the place of a provisional end. */
  readonly yields: boolean;
}

export const SOUND_DECISIONS: AgentDecisions = {
  machine: (waits) => sessionMachine<Wire>(waits),
  carryOver: renumbered,
  elapsedMs: ({ startedAt, now, clock }) => now + clock.offsetMs - startedAt,
  emits: () => true,
  takes: (description) => description,
  showsAfterMs: () => 0,
  asksByHttp: true,
  givesUp: true,
  yields: true,
};
