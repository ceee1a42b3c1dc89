/**
 * Safeguards that can be removed one at a time. The simulator has to detect each removal: otherwise it would not detect a bug in
 * that safeguard either.
 */

import { sameAddress } from '../protocol/address.js';
import type { Wire } from '../protocol/frames.js';
import { freshSession, type SessionEffect, type SessionState } from '../protocol/session.js';
import type { Parts } from './parts.js';

export interface Switch {
  readonly name: string;
  /** What happens without it, in one sentence. */
  readonly doc: string;
  without(parts: Parts): Parts;
}

const FOREVER_MS = 1e12;

const agent = (parts: Parts, decisions: Partial<Parts['agent']>): Parts => ({
  ...parts,
  agent: { ...parts.agent, ...decisions },
});
const hub = (parts: Parts, policy: Partial<Parts['hub']>): Parts => ({ ...parts, hub: { ...parts.hub, ...policy } });

export const SWITCHES: readonly Switch[] = [
  {
    name: 'dedupe',
    doc: 'Duplicate frames are handled twice, and results of commands are not remembered.',
    without: (parts) => ({
      ...hub(parts, { remembersResults: false }),
      session: (waits) => {
        const machine = parts.session(waits);
        return {
          deadline: machine.deadline,
          transition(state, input, now) {
            const step = machine.transition(state, input, now);
            if (input.type !== 'receive') return step;
            const again = step.effects.some(({ type }) => type === 'duplicate');
            const deliver: SessionEffect<Wire> = { type: 'deliver', seq: input.seq, payload: input.payload };
            return again ? { ...step, effects: [deliver] } : step;
          },
        };
      },
    }),
  },
  {
    name: 'order',
    doc: 'Early frames are handled at once, and the gap before them is ignored.',
    without: (parts) => ({
      ...parts,
      session: (waits) => {
        const machine = parts.session(waits);
        return {
          deadline: machine.deadline,
          transition(state, input, now) {
            const isEarly = input.type === 'receive' && input.seq > state.received + 1;
            const skipped: SessionState<Wire> = isEarly ? { ...state, received: input.seq - 1 } : state;
            return machine.transition(skipped, input, now);
          },
        };
      },
    }),
  },
  {
    name: 'resend',
    doc: 'Unacknowledged frames are not sent again while the connection lasts.',
    without: (parts) => ({
      ...parts,
      session: (waits) => parts.session({ ...waits, resendMs: FOREVER_MS, resendMsMax: FOREVER_MS }),
    }),
  },
  {
    name: 'resume',
    doc: 'A device that reconnects gets a new session: frames for it are dropped, and it gets no snapshot of its calls.',
    without: (parts) => hub(parts, { resumes: () => false, snapshot: () => [] }),
  },
  {
    name: 'snapshot',
    doc: 'The welcome has no snapshot of the calls.',
    without: (parts) => hub(parts, { snapshot: () => [] }),
  },
  {
    name: 'version-guard',
    doc: 'A device applies any record that arrives, also an older one.',
    without: (parts) => ({ ...parts, replica: { ...parts.replica, takes: () => true } }),
  },
  {
    name: 'fencing',
    doc: 'Frames of an older connection of a device still count after a newer one has replaced it.',
    without: (parts) => hub(parts, { fences: false }),
  },
  {
    name: 'ring-timeout',
    doc: 'A call rings until a user acts.',
    without: (parts) => hub(parts, { timeUp: (record) => (record.phase === 'ringing' ? null : parts.hub.timeUp(record)) }),
  },
  {
    name: 'grace',
    doc: 'A call continues after a party has vanished for good.',
    without: (parts) => hub(parts, { endsWith: () => false }),
  },
  {
    name: 'silence',
    doc: 'The server considers a silent connection alive.',
    without: (parts) => ({ ...parts, serverWaits: (waits) => ({ ...parts.serverWaits(waits), silentMs: FOREVER_MS }) }),
  },
  {
    name: 'persist-first',
    doc: 'The server sends a change before it stores it.',
    without: (parts) => ({ ...parts, persistsFirst: false }),
  },
  {
    name: 'restore',
    doc: 'A server that restarts restores nothing.',
    without: (parts) => ({ ...parts, restores: false }),
  },
  {
    name: 'legal-table',
    doc: 'A call that was cancelled can still be accepted.',
    without: (parts) =>
      hub(parts, {
        move: (record, move, by, now) => {
          const isTooLate = move === 'accept' && record.reason === 'cancelled' && by?.user === record.callee.user;
          if (!isTooLate) return parts.hub.move(record, move, by, now);
          const revived = { ...record, phase: 'ringing' as const, endedAt: null, reason: null, endedBy: null };
          return parts.hub.move(revived, move, by, now);
        },
      }),
  },
  {
    name: 'idempotent-invite',
    doc: 'A repeated invitation makes another call.',
    without: (parts) => hub(parts, { isSameInvitation: () => false, remembersResults: false }),
  },
  {
    name: 'busy-check',
    doc: 'A user with a live call gets another one.',
    without: (parts) => hub(parts, { occupies: () => false }),
  },
  {
    name: 'glare-rule',
    doc: 'If two users call each other at the same time, the second receives busy.',
    without: (parts) => hub(parts, { crosses: () => false }),
  },
  {
    name: 'siblings-notified',
    doc: 'Only the two connected devices are notified of the answer; other devices of the callee keep ringing.',
    without: (parts) =>
      hub(parts, {
        recipients: (change, devices) => {
          const { record, cause } = change;
          const recipients = parts.hub.recipients(change, devices);
          if (cause.move !== 'accept') return recipients;
          return recipients.filter((device) => device.user === record.caller.user || device.device === record.callee.device);
        },
      }),
  },
  {
    name: 'caller-notified',
    doc: 'The server accepts the answer and does not notify the caller: the bug that call-probe looks for.',
    without: (parts) =>
      hub(parts, {
        recipients: (change, devices) => {
          const recipients = parts.hub.recipients(change, devices);
          return change.cause.move === 'accept'
            ? recipients.filter((device) => !sameAddress(device, change.record.caller))
            : recipients;
        },
      }),
  },
  {
    name: 'command-retry',
    doc: 'Undelivered commands of a lost session are dropped.',
    without: (parts) => agent(parts, { carryOver: () => freshSession<Wire>() }),
  },
  {
    name: 'clock-offset',
    doc: "The call timer trusts the device's own clock.",
    without: (parts) => agent(parts, { elapsedMs: ({ startedAt, now }) => now - startedAt }),
  },
  {
    name: 'receipts',
    doc: 'The server does not report that the other side has applied a change.',
    without: (parts) => hub(parts, { passesReceipts: false }),
  },
  {
    name: 'fallback',
    doc: 'A device without a socket does not ask by HTTP.',
    without: (parts) => agent(parts, { asksByHttp: false }),
  },
  {
    name: 'give-up',
    doc: 'A device without a connection shows its call as live forever.',
    without: (parts) => agent(parts, { givesUp: false }),
  },
  {
    name: 'provisional-end',
    doc: 'An end that a device has decided on is final, whatever the server reports.',
    without: (parts) => agent(parts, { yields: false }),
  },
];

/** The parts without the named safeguards. Throws for a name that is not in the registry. */
export function partsWithout(parts: Parts, names: readonly string[]): Parts {
  return names.reduce((rest, name) => {
    const found = SWITCHES.find((entry) => entry.name === name);
    if (found === undefined)
      throw new Error(`there is no switch ${name}; known are ${SWITCHES.map((entry) => entry.name).join(', ')}`);
    return found.without(rest);
  }, parts);
}
