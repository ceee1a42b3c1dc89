/**
 * Hardenings that can be taken away one at a time. The simulator has to find out about each: what it can't miss when it
 * is gone, it would not miss when it breaks.
 */

import { sameAddress } from '../protocol/address.js';
import type { Wire } from '../protocol/frames.js';
import { freshSession, type SessionEffect, type SessionState } from '../protocol/session.js';
import type { Parts } from './parts.js';

export interface Switch {
  readonly name: string;
  /** What is wrong when it is taken away, in one sentence. */
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
    doc: 'Frames that come twice are handed up twice, and results of commands are not remembered.',
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
    doc: 'Frames that come early are handed up at once, and the gap before them is forgotten.',
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
    doc: 'What is not acknowledged is not sent again while the connection lasts.',
    without: (parts) => ({
      ...parts,
      session: (waits) => parts.session({ ...waits, resendMs: FOREVER_MS, resendMsMax: FOREVER_MS }),
    }),
  },
  {
    name: 'resume',
    doc: 'A device that reconnects gets a new session: what waited for it is dropped, and it is not told of its calls.',
    without: (parts) => hub(parts, { resumes: () => false, snapshot: () => [] }),
  },
  {
    name: 'snapshot',
    doc: 'The welcome does not tell a device which calls there are.',
    without: (parts) => hub(parts, { snapshot: () => [] }),
  },
  {
    name: 'version-guard',
    doc: 'A device takes on any record that arrives, also an older one.',
    without: (parts) => ({ ...parts, replica: { ...parts.replica, takes: () => true } }),
  },
  {
    name: 'fencing',
    doc: 'What an older connection of a device still says goes on to count after a newer one took over.',
    without: (parts) => hub(parts, { fences: false }),
  },
  {
    name: 'ring-timeout',
    doc: 'A call rings until somebody does something about it.',
    without: (parts) => hub(parts, { timeUp: (record) => (record.phase === 'ringing' ? null : parts.hub.timeUp(record)) }),
  },
  {
    name: 'grace',
    doc: 'A call goes on when a party has vanished for good.',
    without: (parts) => hub(parts, { endsWith: () => false }),
  },
  {
    name: 'silence',
    doc: 'The server takes a connection that says nothing for alive.',
    without: (parts) => ({ ...parts, serverWaits: (waits) => ({ ...parts.serverWaits(waits), silentMs: FOREVER_MS }) }),
  },
  {
    name: 'persist-first',
    doc: 'The server tells of a change and writes it down afterwards.',
    without: (parts) => ({ ...parts, persistsFirst: false }),
  },
  {
    name: 'restore',
    doc: 'A server that comes back knows nothing of what was before.',
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
    doc: 'An invitation that comes again makes another call.',
    without: (parts) => hub(parts, { isSameInvitation: () => false, remembersResults: false }),
  },
  {
    name: 'busy-check',
    doc: 'A user who has a live call gets another one.',
    without: (parts) => hub(parts, { occupies: () => false }),
  },
  {
    name: 'glare-rule',
    doc: 'Of two users who call each other at the same time the second is told that his line is busy.',
    without: (parts) => hub(parts, { crosses: () => false }),
  },
  {
    name: 'siblings-told',
    doc: 'Only the two devices that talk are told of the answer; others of the callee go on ringing.',
    without: (parts) =>
      hub(parts, {
        recipients: (change, devices) => {
          const { record, cause } = change;
          const told = parts.hub.recipients(change, devices);
          if (cause.move !== 'accept') return told;
          return told.filter((device) => device.user === record.caller.user || device.device === record.callee.device);
        },
      }),
  },
  {
    name: 'caller-told',
    doc: 'The server takes the answer and does not tell the caller: the bug that call-probe is about.',
    without: (parts) =>
      hub(parts, {
        recipients: (change, devices) => {
          const told = parts.hub.recipients(change, devices);
          return change.cause.move === 'accept' ? told.filter((device) => !sameAddress(device, change.record.caller)) : told;
        },
      }),
  },
  {
    name: 'command-retry',
    doc: 'Commands that a lost session had not delivered are dropped.',
    without: (parts) => agent(parts, { carryOver: () => freshSession<Wire>() }),
  },
  {
    name: 'clock-offset',
    doc: "The call timer trusts the device's own clock.",
    without: (parts) => agent(parts, { elapsedMs: ({ startedAt, now }) => now - startedAt }),
  },
  {
    name: 'receipts',
    doc: 'The server does not pass on that the other side has applied a change.',
    without: (parts) => hub(parts, { passesReceipts: false }),
  },
  {
    name: 'fallback',
    doc: 'A device that gets no socket does not ask by HTTP.',
    without: (parts) => agent(parts, { asksByHttp: false }),
  },
  {
    name: 'give-up',
    doc: 'A device without a connection shows its call as live for ever.',
    without: (parts) => agent(parts, { givesUp: false }),
  },
  {
    name: 'provisional-end',
    doc: 'The end that a device has decided on stands, whatever the server says of the call.',
    without: (parts) => agent(parts, { yields: false }),
  },
];

/** The parts without the named hardenings. Throws on a name that is not in the registry. */
export function partsWithout(parts: Parts, names: readonly string[]): Parts {
  return names.reduce((rest, name) => {
    const found = SWITCHES.find((entry) => entry.name === name);
    if (found === undefined)
      throw new Error(`there is no switch ${name}; known are ${SWITCHES.map((entry) => entry.name).join(', ')}`);
    return found.without(rest);
  }, parts);
}
