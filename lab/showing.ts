/** For every known bug the built-in scenario that shows it, and what a diagnosis of that run has to say. */
import { UsageError } from '../src/cli/exit.js';
import type { Cause } from '../src/judge/causes/diagnosis.js';
import type { ClientDefectName } from '../src/probe/defects/names.js';
import { DEFECTS, defectProblem } from '../src/scenarios/run/defects.js';
import type { ServerDefectName } from '../src/server/defects/names.js';
import { markdownTable } from './docs/markdown-table.js';

export type DefectName = ServerDefectName | ClientDefectName;

/**
 * Where a bug is, by the part that a device has in the call: the first agent of a scenario calls the second, with their first
 * devices; `sibling` is the other device of the callee. A link is the way between server and device, seen from nowhere else; media
 * is that of a device, when nothing is wrong with its signals.
 */
export type HopRole = 'server' | 'caller' | 'callee' | 'sibling' | 'caller-link' | 'callee-link' | 'callee-media';

const HOP_WORDS: Readonly<Record<HopRole, string>> = {
  server: 'the server',
  caller: 'the caller',
  callee: 'the callee',
  sibling: 'the sibling',
  'caller-link': "the caller's link",
  'callee-link': "the callee's link",
  'callee-media': "the callee's media",
};

export interface Showing {
  /** The scenario's file in `scenarios/`, without its ending. */
  readonly scenario: string;
  readonly code: Cause;
  readonly hop: HopRole;
  /** Whether it takes media to see it. */
  readonly media?: true;
}

export const SHOWS: Readonly<Record<DefectName, Showing>> = {
  'drop-answer': { scenario: 'answer-in-time', code: 'not-forwarded', hop: 'server' },
  'answer-to-wrong-device': { scenario: 'answer-in-time', code: 'wrong-recipient', hop: 'server' },
  'drop-reject': { scenario: 'decline', code: 'not-forwarded', hop: 'server' },
  'drop-end': { scenario: 'callee-hangs-up', code: 'not-forwarded', hop: 'server' },
  'no-replay-after-reconnect': { scenario: 'answer-while-caller-is-away', code: 'lost-downlink', hop: 'server' },
  'call-id-rewritten': { scenario: 'answer-in-time', code: 'wrong-recipient', hop: 'server' },
  'field-stripped': { scenario: 'answer-in-time', code: 'payload-altered', hop: 'server' },
  'answer-before-ringing': { scenario: 'answer-at-once', code: 'reordered', hop: 'server' },
  'duplicate-answer': { scenario: 'double-accept', code: 'duplicated', hop: 'server' },
  'slow-answer': { scenario: 'answer-in-time', code: 'applied-late', hop: 'server' },
  'stale-busy': { scenario: 'call-again-at-once', code: 'stale-state', hop: 'server' },
  'siblings-not-told': { scenario: 'second-device-answers', code: 'other-device-not-told', hop: 'server' },
  'accept-after-cancel': { scenario: 'accept-after-cancel', code: 'stale-state', hop: 'server' },
  'rings-for-ever': { scenario: 'no-answer', code: 'stale-state', hop: 'server' },
  'ring-timer-leak': { scenario: 'outlasts-ring-timeout', code: 'stale-state', hop: 'server' },
  'refused-cancel': { scenario: 'cancel', code: 'refused-by-server', hop: 'server' },
  'glare-refused': { scenario: 'glare', code: 'refused-by-server', hop: 'server' },
  'swapped-sdp': { scenario: 'accept', code: 'payload-altered', hop: 'server', media: true },
  'candidates-dropped': { scenario: 'accept', code: 'media-not-established', hop: 'server', media: true },
  'stale-socket-wins': { scenario: 'network-switch-in-call', code: 'wrong-recipient', hop: 'server' },
  'late-disconnect': { scenario: 'late-close', code: 'not-forwarded', hop: 'server' },
  'lost-memory-on-restart': { scenario: 'server-restart', code: 'refused-by-server', hop: 'server' },
  'never-resends': { scenario: 'drop-answer-downlink', code: 'dropped-in-transit', hop: 'caller-link' },
  'ignore-answered': { scenario: 'answer-in-time', code: 'received-not-applied', hop: 'caller' },
  'ignore-cancel': { scenario: 'cancel', code: 'received-not-applied', hop: 'callee' },
  'sibling-rings-on': { scenario: 'second-device-answers', code: 'received-not-applied', hop: 'sibling' },
  'never-emits': { scenario: 'answer-in-time', code: 'never-emitted', hop: 'callee' },
  'hang-up-unsent': { scenario: 'caller-hangs-up', code: 'never-emitted', hop: 'caller' },
  'writes-once': { scenario: 'drop-accept-uplink', code: 'lost-uplink', hop: 'callee-link' },
  'no-dedupe': { scenario: 'duplicated-answer', code: 'duplicated', hop: 'caller' },
  'last-write-wins': { scenario: 'late-ringing', code: 'reordered', hop: 'caller' },
  'torn-ui': { scenario: 'answer-in-time', code: 'received-not-applied', hop: 'caller' },
  'late-render': { scenario: 'answer-in-time', code: 'applied-late', hop: 'caller' },
  'timer-from-invite': { scenario: 'answer-in-time', code: 'timer-skew', hop: 'caller' },
  'timer-from-wall-clock': { scenario: 'clock-jump', code: 'timer-skew', hop: 'caller' },
  'answers-recvonly': { scenario: 'accept', code: 'one-way-media', hop: 'callee-media', media: true },
};

/** The known bugs that `--defect` chooses, all of them when it chooses none. Throws a UsageError for a name that is unknown. */
export function chosenDefects(names: readonly string[] | undefined): DefectName[] {
  const problem = defectProblem(names ?? [], 'bundled');
  if (problem !== null) throw new UsageError(problem);
  return DEFECTS.map(({ name }) => name).filter((name) => names?.includes(name) ?? true);
}

/** The defects for docs/defects.md, as Markdown. */
export function defectsTable(): string {
  return markdownTable(
    ['defect', 'side', 'what goes wrong', 'seen in', 'shown by', 'diagnosis'],
    DEFECTS.map(({ name, side, doc, seenIn }) => {
      const { scenario, code, hop } = SHOWS[name];
      return [`\`${name}\``, side, doc, seenIn, `\`${scenario}\``, `\`${code}\` at ${HOP_WORDS[hop]}`];
    }),
  );
}
