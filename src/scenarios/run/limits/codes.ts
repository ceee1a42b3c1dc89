/** The limits that a target can declare: a code and a sentence for each, and which of them are in force. */
import { DECLARED_LIMITS, type DeclaredLimit, STANDARD_TRAITS, type Traits } from '../../../probe/adapter/port.js';
import type { ForeignSettings } from '../../../probe/targets/target.js';

/** Limits that follow from other declarations than `hides`. */
const OTHER_LIMITS = ['one-device', 'reasons', 'no-redelivery', 'ends-call', 'decline-once-all', 'decline-local'] as const;

export type LimitCode = DeclaredLimit | (typeof OTHER_LIMITS)[number];

const CODES: readonly string[] = [...DECLARED_LIMITS, ...OTHER_LIMITS];

/** Each limit as a sentence. */
export const LIMIT_TEXTS: Readonly<Record<LimitCode, string>> = {
  busy: 'a caller is not notified that the other side is busy',
  offline: 'a caller is not notified that the other side is offline',
  glare: 'two crossing calls are not merged',
  reject: 'a caller is not notified that the other side declined',
  'other-devices': 'the other devices of a user are not notified',
  'server-timeout': 'the server ends no call by itself',
  'peer-lost': 'a lost peer is not reported',
  'late-join': 'a device that joins late, or restarts, is not notified of an existing call',
  'late-answer': 'an answer that crosses a cancel is passed on, and the caller has to end the call',
  duplicates: 'a message that arrives twice is passed on twice, and the receiver has to ignore the second one',
  'one-device': 'a user has one device',
  reasons: 'some end reasons cannot be distinguished',
  'no-redelivery': 'nothing is redelivered: a message that is lost or damaged stays lost',
  'ends-call': 'a call ends with the connection of either side',
  'decline-once-all': 'a call is declined once all devices of the user have declined',
  'decline-local': 'a decline ends the call at its own device only',
};

export function isLimitCode(text: string): text is LimitCode {
  return CODES.includes(text);
}

/** The limits that a target declares. */
export function limitsOf({ hides, devices, reasons, redelivers, lostConnection, decline }: Traits): LimitCode[] {
  return [
    ...hides,
    ...(devices === 'one' ? (['one-device'] as const) : []),
    ...(Object.keys(reasons).length === 0 ? [] : (['reasons'] as const)),
    ...(redelivers ? [] : (['no-redelivery'] as const)),
    ...(lostConnection === 'ends-call' ? (['ends-call'] as const) : []),
    ...(decline === 'ends-call' ? [] : ([`decline-${decline}`] as const)),
  ];
}

/** The limits that count in a run: none at a target without an adapter, and none with `--ignore-limits`. */
export function limitsInForce(foreign: ForeignSettings | undefined, ignoreLimits: boolean): readonly LimitCode[] {
  return foreign === undefined || ignoreLimits ? [] : limitsOf(foreign.adapter.traits);
}

/** The same target with nothing declared as a limit. What the app itself does stays as it is. */
export function withoutLimits(foreign: ForeignSettings): ForeignSettings {
  const { hides, reasons, devices, decline } = STANDARD_TRAITS;
  const traits: Traits = { ...foreign.adapter.traits, hides, reasons, devices, decline, redelivers: true };
  return { ...foreign, adapter: { ...foreign.adapter, traits } };
}
