/** The decisions of a device outside its replica that a known bug gets wrong. */
import type { ClientPayload, ServerPayload } from '../../protocol/frames.js';
import type { Waits } from '../../protocol/limits.js';
import type { Millis } from '../../protocol/machine.js';
import { renumbered, type SessionMachine, type SessionState, sessionMachine } from '../../protocol/session.js';
import type { ClockSample } from './server-clock.js';

export type Wire = ClientPayload | ServerPayload;

export interface AgentDecisions {
  /** The machine of a new session. */
  machine(waits: Waits): SessionMachine<Wire>;
  /** What the next session takes over from one that the server no longer has. */
  carryOver(old: SessionState<Wire>): SessionState<Wire>;
  /** Server time minus own time, as the call timer takes it. */
  offsetMs(clock: ClockSample): Millis;
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
  offsetMs: (clock) => clock.offsetMs,
  asksByHttp: true,
  givesUp: true,
  yields: true,
};
