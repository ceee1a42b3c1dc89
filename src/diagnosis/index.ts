/** The registry of rules, and the diagnosis of a trace: what went wrong first, and what follows from it. Pure. */
import type { CheckOptions } from '../checkers/checker.js';
import type { TraceEvent } from '../trace/event.js';
import { lineOf } from '../trace/line.js';
import { appliedLate } from './causes/applied-late.js';
import { droppedInTransit } from './causes/dropped-in-transit.js';
import { duplicated } from './causes/duplicated.js';
import { lostDownlink } from './causes/lost-downlink.js';
import { lostUplink } from './causes/lost-uplink.js';
import { mediaNotEstablished } from './causes/media-not-established.js';
import { neverEmitted } from './causes/never-emitted.js';
import { notForwarded } from './causes/not-forwarded.js';
import { oneWayMedia } from './causes/one-way-media.js';
import { otherDeviceNotTold } from './causes/other-device-not-told.js';
import { payloadAltered } from './causes/payload-altered.js';
import { probeFault } from './causes/probe-fault.js';
import { receivedNotApplied } from './causes/received-not-applied.js';
import { refusedByServer } from './causes/refused-by-server.js';
import { reordered } from './causes/reordered.js';
import { staleState } from './causes/stale-state.js';
import { timerSkew } from './causes/timer-skew.js';
import { wrongRecipient } from './causes/wrong-recipient.js';
import type { Diagnosis } from './diagnosis.js';
import { ranked } from './rank.js';
import type { Rule } from './rule.js';
import { timelineOf } from './timeline.js';

/** In the order of the way that news take: from the user's action to what the other side shows. */
export const RULES: readonly Rule[] = [
  neverEmitted,
  lostUplink,
  refusedByServer,
  notForwarded,
  wrongRecipient,
  lostDownlink,
  droppedInTransit,
  payloadAltered,
  receivedNotApplied,
  appliedLate,
  reordered,
  duplicated,
  staleState,
  otherDeviceNotTold,
  mediaNotEstablished,
  oneWayMedia,
  timerSkew,
  probeFault,
];

export interface DiagnoseOptions {
  /** The limits of the scenario; where they are left out, those that the trace itself names, or the defaults, count. */
  readonly checks?: CheckOptions;
}

/**
 * The causes that explain what is wrong in a trace, the surest and earliest first; none for a trace in which nothing is
 * wrong. Works from the trace alone, also from one that was cut. Never throws for a list of events of the schema.
 */
export function diagnose(trace: readonly TraceEvent[], { checks = {} }: DiagnoseOptions = {}): readonly Diagnosis[] {
  if (trace.length === 0) return [];
  const timeline = timelineOf(trace, checks);
  const candidates = RULES.flatMap((rule) => rule.apply(timeline).map((candidate) => ({ code: rule.code, ...candidate })));
  return ranked(candidates).map(({ originN: _, evidence, ...diagnosis }) => {
    const events = evidence.flatMap((n) => timeline.index.get(n) ?? []);
    return { ...diagnosis, evidence: events.map(({ n }) => n), lines: events.map(lineOf) };
  });
}
