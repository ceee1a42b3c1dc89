/** What must hold: the invariants by name, those that hold at any time and those that hold once all is quiet. */
import type { Millis } from '../protocol/machine.js';

export const INVARIANTS = {
  'legal-history': 'at any time: versions of a call grow by one along the table of legal moves, nothing changes after the end',
  kept: 'at any time: what was told to anybody is still there after a crash of the server',
  'monotone-replica': "at any time: the version of a call on a device only grows within the device's life",
  'view-of-record': 'at any time: a device shows what follows from the record that it took on, and no other record exists',
  'exactly-once': 'at any time: what one end of a session sends the other end gets once, unchanged and in order',
  'one-live-call': 'at any time: no user has two live calls',
  'one-talker': 'at any time: at most one device of each side shows the call as connected',
  'in-time': 'at any time: no call invites or rings for longer than it may',
  glare: 'at any time: two users who call each other at the same time get one call',
  'shut-out': 'at any time: no device is turned away for good',
  exception: 'at any time: no machine throws',
  'bounded-wait': 'at any time: a device that hears nothing, by socket or by HTTP, shows no live call for longer than it may',
  provisional: 'at any time: a device shows an end of its own only until the server tells it of the call',
  'told-applied':
    'at any time: no user is told that the other side did not apply what it has confirmed; at rest: none waits for word',
  rest: 'the run comes to rest within a bounded number of steps',
  agreement: 'at rest: the server and all devices that are online agree on version and view of every call',
  drained: 'at rest: nothing waits to be delivered, no command lacks its result, what was sent was read',
  vanished: 'at rest: a call whose party is gone for longer than its grace is over',
  'timer-skew': 'at rest: call timers of all devices read the same',
  'clean-end': 'at the end: when all have hung up no call is live and nobody is busy',
  'fresh-call': 'at the end: two users can call each other, talk and hang up, and each learns that the other side followed',
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
