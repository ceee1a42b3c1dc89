/** How diagnoses name changes, symptoms and the probe's own faults. */
import type { EventOf } from '../../trace/event.js';
import { lastUpTo } from '../history/by-number.js';
import type { Change } from '../history/changes.js';
import { type CallHistory, userOf } from '../history/history.js';
import type { Mismatch } from '../history/mismatches.js';
import { millis, seconds, stateWords } from '../history/wording.js';

/** `connected (version 3) of call c1`, `ended(hangup) (version 4) of call c1`. */
export function changeWords({ phase, record, version, call }: Change): string {
  const words = stateWords({ state: phase, reason: record?.reason ?? null });
  return `${words}${version === null ? '' : ` (version ${version})`} of call ${call}`;
}

/** `alice/phone showed ringing at 2.010 s instead of connected`. */
export function symptom({ device, shows, wanted, moment }: Mismatch): string {
  return `${device} showed ${shows} at ${seconds(moment.at)} instead of ${wanted}`;
}

/** What the probe's own faults have to do with it, as the end of a sentence; empty without any. */
export function faultWords(faults: readonly EventOf<'fault'>[], what = 'struck it'): string {
  const [first] = faults;
  if (first === undefined) return '';
  const times = faults.length === 1 ? '' : ` ${faults.length} times`;
  return `; the probe's own fault "${first.fault}" ${what}${times} (${first.message.slice(0, 120)})`;
}

/** Which side of the call a device is on: `the caller`, `the callee`, `the other devices of the callee`. */
export function sideWords({ call, device, isSibling }: Pick<Mismatch, 'call' | 'device' | 'isSibling'>): string {
  const isCallers = call.caller !== null && userOf(device) === userOf(call.caller);
  const side = isCallers ? 'the caller' : 'the callee';
  return isSibling ? `the other devices of ${side}` : side;
}

/** The user's action behind a change, as its claim names it: `"cancel"`; a change that nobody acted for by what it is. */
export function causeWords({ action, phase }: Change): string {
  return action === null ? `that the call is ${phase}` : `"${action.action}"`;
}

/** In which state of the call something happened: `before it rings`, `while it rings`, `in a call`. */
export function phaseWords(call: CallHistory, n: number): string {
  const states = new Set([...call.shown.values()].flatMap((views) => lastUpTo(views, n)?.state ?? []));
  return states.has('connected') ? 'in a call' : states.has('ringing') ? 'while the call rings' : 'before the call rings';
}

/** A duration for reading. */
export const took = (ms: number): string => (ms < 1_000 ? millis(ms) : seconds(ms));

/** `once`, `3 times`. */
export const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);
