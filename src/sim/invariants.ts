/** The invariants by name: those that hold at any time, and those that hold once the run is quiescent. */
import type { Millis } from '../protocol/machine.js';

export const INVARIANTS = {
  'legal-history': 'at any time: versions of a call grow by one along the table of legal moves, nothing changes after the end',
  kept: 'at any time: a version that was sent to a device survives a crash of the server',
  'monotone-replica': "at any time: the version of a call on a device only grows within the device's life",
  'view-of-record': 'at any time: a device shows what follows from the record that it applied, and no other record exists',
  'exactly-once': 'at any time: what one end of a session sends arrives at the other end once, unchanged and in order',
  'one-live-call': 'at any time: no user has two live calls',
  'one-talker': 'at any time: at most one device of each side shows the call as connected',
  'in-time': 'at any time: no call invites or rings for longer than its limit',
  glare: 'at any time: two users who call each other at the same time get one call',
  lockout: 'at any time: no device is locked out for good',
  exception: 'at any time: no machine throws',
  'bounded-wait': 'at any time: a device without messages, by socket or by HTTP, shows no live call for longer than its limit',
  provisional: 'at any time: a device shows an end of its own only until the server reports the state of the call',
  'applied-reported':
    'at any time: a device never reports as unapplied what the other side has confirmed; when quiescent: no confirmation is pending',
  quiescence: 'the run becomes quiescent within a bounded number of steps',
  agreement: 'when quiescent: the server and all online devices agree on version and view of every call',
  drained: 'when quiescent: every frame is delivered, every command has its result, everything sent was read',
  vanished: 'when quiescent: a call whose party is gone for longer than its grace is over',
  'timer-skew': 'when quiescent: call timers of all devices read the same',
  'clean-end': 'at the end: when all users have hung up, no call is live and no user is busy',
  'fresh-call': 'at the end: two users can call each other, connect and hang up, and each learns that the other side applied it',
  fallback: 'at the end: a device that gets no socket learns by HTTP that its call is over',
} as const;
export type InvariantName = keyof typeof INVARIANTS;

/** An invariant that did not hold. */
export interface Violation {
  readonly invariant: InvariantName;
  /** Virtual milliseconds since the run began. */
  readonly at: Millis;
  readonly message: string;
}
