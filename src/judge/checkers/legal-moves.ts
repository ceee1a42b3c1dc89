/** The record moves by its table only, one version at a time, and no device takes it backwards. */
import { type CallRecord, LEGAL_MOVES, MOVER, MOVES, PHASES, sideOf, viewOf } from '../../protocol/call.js';
import { type EventOf, eventsOf, isProvisional } from '../../trace/event.js';
import {
  addressFrom,
  appliedAt,
  type CallHistory,
  type Replay,
  replayOf,
  sameView,
  screenAt,
  shownAt,
} from '../history/replay.js';
import { labelOf, stateWords } from '../history/wording.js';
import { type Checker, type Finding, verdictOf } from './checker.js';

export const legalMoves: Checker = {
  name: 'legal-moves',
  doc: 'The record of a call grows by one version at a time along the table of legal moves and never changes after its end, nor falls back when the server starts again; devices apply only what the server held, show what they applied, and never go back.',
  check(trace) {
    const replay = replayOf(trace);
    return verdictOf([
      ...replay.calls.flatMap((history) => [
        ...serverFindings(replay, history),
        ...replicaFindings(replay, history),
        ...viewFindings(replay, history),
        ...unshownFindings(replay, history),
      ]),
      ...eventsOf(trace, 'violation')
        .filter(({ code }) => ILLEGAL.includes(code))
        .map((event) => finding(`${event.node} saw an illegal move: ${event.message} (${event.code})`, [event.n])),
    ]);
  },
};

/** Violations by which a node says that it saw a move that the table does not allow. */
const ILLEGAL: readonly string[] = ['illegal-move', 'illegal-transition'];

type Change = EventOf<'record'>;

function serverFindings(replay: Replay, history: CallHistory): Finding[] {
  const findings: Finding[] = [];
  let before: Change | null = null;
  for (const change of history.server) {
    const where = `the server's record of call ${history.call}`;
    const evidence = before === null ? [change.n] : [before.n, change.n];
    const flaws = isTakenBack(replay, before, change) ? takenBack(before, change) : succeeding(before, change);
    for (const flaw of [...inItself(change), ...flaws]) {
      findings.push(finding(`${where}, version ${change.version}: ${flaw}`, evidence));
    }
    before = change;
  }
  return findings;
}

function succeeding(before: Change | null, change: Change): string[] {
  return before === null ? asFirst(change) : [...after(before, change), ...ofAnother(before, change)];
}

/** Whether a server that started again tells what it has kept: nothing caused the change but the restart. */
function isTakenBack(replay: Replay, before: Change | null, change: Change): boolean {
  return change.cause === null && replay.serverRestarts.some((n) => (before?.n ?? 0) < n && n < change.n);
}

/**
 * What is wrong with a record that a server took back after a restart. It may be ahead of the trace: what was kept and
 * not told yet when the process ended is in the store and in no trace. It must not be behind.
 */
function takenBack(before: Change | null, change: Change): string[] {
  if (before === null) return [];
  const { record } = change;
  if (record.version < before.version)
    return [`the server was at version ${before.version} before it started again and forgot it`];
  if (record.version === before.version + 1) return succeeding(before, change);
  if (record.version > before.version) return ofAnother(before, change);
  const fields = differingFields(before.record, record);
  return fields.length === 0 ? [] : [`after a restart of the server it differs in ${fields.join(', ')}`];
}

/** Versions that a server had kept and not told yet when its process ended: in its store, and in no trace. */
function untold(replay: Replay, history: CallHistory): ReadonlySet<number> {
  const versions = new Set<number>();
  let before: Change | null = null;
  for (const change of history.server) {
    if (isTakenBack(replay, before, change)) {
      for (let version = (before?.version ?? 0) + 1; version < change.version; version++) versions.add(version);
    }
    before = change;
  }
  return versions;
}

/** What is wrong with a record by itself, as sentences. */
function inItself({ record, ...event }: Change): string[] {
  const flaws: string[] = [];
  const { phase } = record;
  if (record.id !== event.call || record.version !== event.version || phase !== event.phase) {
    flaws.push(
      `the event says ${event.phase} of ${event.call} version ${event.version}, its record ${phase} of ${record.id} version ${record.version}`,
    );
  }
  const times = [record.invitedAt, record.ringingAt, record.answeredAt, record.endedAt].filter((time) => time !== null);
  if (times.some((time, i) => time < (times[i - 1] ?? time))) flaws.push(`its times run backwards: ${times.join(', ')}`);
  if ((record.endedAt !== null) !== (phase === 'ended')) flaws.push(`it is ${phase} with the end at ${record.endedAt}`);
  if ((record.reason !== null) !== (phase === 'ended')) flaws.push(`it is ${phase} with the end reason ${record.reason}`);
  if (record.endedBy !== null && phase !== 'ended') flaws.push(`it is ${phase} but ended by ${record.endedBy.user}`);
  if (phase === 'ringing' && record.ringingAt === null) flaws.push('it rings without the time since when');
  if (phase === 'connected' && record.answeredAt === null) flaws.push('it is connected without the time since when');
  if (phase !== 'ended' && (record.answeredAt !== null) !== (phase === 'connected'))
    flaws.push(`it is ${phase} with an answer at ${record.answeredAt}`);
  if ((record.callee.device !== null) !== (record.answeredAt !== null)) {
    flaws.push(`answered by device ${record.callee.device} at ${record.answeredAt}: it needs both or neither`);
  }
  return flaws;
}

function asFirst({ record }: Change): string[] {
  const flaws: string[] = [];
  if (record.version !== 1) flaws.push('the first record that the server held is not version 1');
  if (record.phase !== 'inviting') flaws.push(`a call begins inviting, not ${record.phase}`);
  return flaws;
}

/** What is wrong with a record as the successor of another, as sentences. */
function after({ record: old }: Change, { record }: Change): string[] {
  const flaws: string[] = [];
  if (record.version !== old.version + 1) flaws.push(`it follows version ${old.version}, and must be one higher`);
  if (!isLegal(old, record)) {
    const by = record.endedBy === null ? '' : ` by ${record.endedBy.user}/${record.endedBy.device}`;
    flaws.push(
      `no legal move leads from ${stateWords({ ...old, state: old.phase })} to ${stateWords({ ...record, state: record.phase })}${by}`,
    );
  }
  if (record.phase !== 'connected' && record.answeredAt !== old.answeredAt)
    flaws.push('its time of answer changed without an answer');
  if (record.phase !== 'ringing' && record.ringingAt !== old.ringingAt) flaws.push('its time of ringing changed without a ring');
  return flaws;
}

/** What of a record belongs to another call than that of its successor, as sentences. */
function ofAnother({ record: old }: Change, { record }: Change): string[] {
  const flaws: string[] = [];
  if (
    record.caller.user !== old.caller.user ||
    record.caller.device !== old.caller.device ||
    record.callee.user !== old.callee.user
  ) {
    flaws.push('its caller or callee changed');
  }
  if (old.callee.device !== null && record.callee.device !== old.callee.device) {
    flaws.push(`the device that answered changed from ${old.callee.device} to ${record.callee.device}`);
  }
  if (record.invitedAt !== old.invitedAt) flaws.push('its time of invitation changed');
  return flaws;
}

/** Whether some move by somebody who may make it leads from one record to the other. */
function isLegal(old: CallRecord, record: CallRecord): boolean {
  return MOVES.some((move) => {
    const cell = LEGAL_MOVES[old.phase][move];
    if (!('to' in cell) || cell.to !== record.phase) return false;
    if (cell.to !== 'ended') return true;
    const mover = record.endedBy === null ? 'server' : sideOf(record, record.endedBy);
    return cell.reason === record.reason && mover !== null && MOVER[move].includes(mover);
  });
}

function replicaFindings(replay: Replay, history: CallHistory): Finding[] {
  const held = new Map(history.server.map((change) => [change.version, change]));
  const unseen = untold(replay, history);
  const findings: Finding[] = [];
  for (const [device, applied] of history.applied) {
    for (const event of applied) {
      const where = `${device} applied version ${event.version} (${event.phase}) of call ${history.call}`;
      const before = appliedAt(replay, history, device, event.n - 1);
      if (before !== null && event.version <= before.version) {
        findings.push(finding(`${where} after version ${before.version}: a replica never goes back`, [before.n, event.n]));
      }
      if (event.record.version !== event.version || event.record.phase !== event.phase || event.record.id !== event.call) {
        findings.push(
          finding(`${where}, but the record says version ${event.record.version} (${event.record.phase})`, [event.n]),
        );
      }
      if (!replay.serverVisible) continue;
      const source = held.get(event.version);
      if (source === undefined) {
        if (!unseen.has(event.version)) findings.push(finding(`${where}, which the server never held`, [event.n]));
      } else {
        const fields = differingFields(source.record, event.record);
        if (fields.length > 0) {
          findings.push(finding(`${where}, which differs from the server's in ${fields.join(', ')}`, [source.n, event.n]));
        }
      }
    }
  }
  return findings;
}

/** A view of a version shows what the record of that version means for its device, and no view goes back in the call. */
function viewFindings(replay: Replay, history: CallHistory): Finding[] {
  const findings: Finding[] = [];
  for (const [device, shown] of history.shown) {
    let furthest: EventOf<'state'> | null = null;
    for (const view of shown) {
      if (
        furthest !== null &&
        (replay.restarts.get(device) ?? []).some((n) => furthest !== null && furthest.n < n && n < view.n)
      ) {
        furthest = null;
      }
      if (furthest !== null && rank(view) < rank(furthest)) {
        const words = `${stateWords(furthest)} to ${stateWords(view)}`;
        findings.push(
          finding(`${labelOf(replay, device)} went back from ${words} in call ${history.call}`, [furthest.n, view.n]),
        );
      } else if (!isProvisional(view)) furthest = view;
      findings.push(...againstRecord(replay, history, view));
    }
  }
  return findings;
}

/** A view against itself and, where it names a version, against the record that its device applied. */
function againstRecord(replay: Replay, history: CallHistory, view: EventOf<'state'>): Finding[] {
  const label = labelOf(replay, view.node);
  if (view.timerStartedAt !== null && view.state !== 'connected') {
    return [finding(`the timer of ${label} runs while it shows ${stateWords(view)} in call ${history.call}`, [view.n])];
  }
  if (view.reason !== null && view.state !== 'ended') {
    return [
      finding(`${label} gives an end reason for a call that it shows as live: ${stateWords(view)} in call ${history.call}`, [
        view.n,
      ]),
    ];
  }
  if (view.version === null || !replay.serverVisible) return [];
  const basis = history.applied.get(view.node)?.find((event) => event.version === view.version);
  if (basis === undefined) {
    return [
      finding(`${label} shows ${stateWords(view)} for version ${view.version} of call ${history.call}, which it never applied`, [
        view.n,
      ]),
    ];
  }
  const wanted = viewOf(basis.record, addressFrom(view.node));
  if (sameView(wanted, view)) return [];
  return [
    {
      message: `${label} shows ${viewWords(view)} for version ${view.version} of call ${history.call}, which means ${viewWords(wanted)} there`,
      expected: viewWords(wanted),
      actual: viewWords(view),
      evidence: [basis.n, view.n],
    },
  ];
}

/** A record that was applied and never reached the screen, up to the next record or the end of the device's life. */
function unshownFindings(replay: Replay, history: CallHistory): Finding[] {
  const last = replay.trace.at(-1)?.n ?? 0;
  return [...history.applied].flatMap(([device, applied]) =>
    applied.flatMap((event, i): Finding[] => {
      const restart = (replay.restarts.get(device) ?? []).find((n) => n > event.n) ?? Infinity;
      const moved =
        replay.views.get(device)?.find(({ n, call }) => n > event.n && call !== null && call !== history.call)?.n ?? Infinity;
      const until = Math.min(applied[i + 1]?.n ?? Infinity, restart, moved, last + 1) - 1;
      const wanted = viewOf(event.record, addressFrom(device));
      const shown = shownAt(replay, history, device, until);
      const words = stateWords(shown);
      // A device that has heard nothing for too long ends the call for its user, until the server says more.
      if (shown !== null && isProvisional(shown)) return [];
      const live = wanted.state !== 'ended' && wanted.state !== 'idle';
      // What is over need not be shown, as long as nothing else is: the user may have closed it, or never have heard of it.
      const right = live
        ? shown !== null && sameView(wanted, shown)
        : shown === null || shown.state === 'ended' || shown.state === 'idle';
      if (right || until === event.n || isElsewhere(replay, history, device, until)) return [];
      return [
        {
          message: `${labelOf(replay, device)} applied version ${event.version} of call ${history.call} and went on showing ${words} instead of ${stateWords(wanted)}`,
          expected: stateWords(wanted),
          actual: words,
          evidence: [event.n, ...(shown === null ? [] : [shown.n])],
        },
      ];
    }),
  );
}

/** Whether the device shows another call that is live: a user in a call is not shown a second one. */
function isElsewhere(replay: Replay, history: CallHistory, device: string, n: number): boolean {
  const screen = screenAt(replay, device, n);
  return screen !== null && screen.call !== null && screen.call !== history.call && !['ended', 'idle'].includes(screen.state);
}

function rank(view: EventOf<'state'>): number {
  return view.state === 'idle' ? PHASES.length : PHASES.indexOf(view.state);
}

function viewWords(view: Pick<EventOf<'state'>, 'state' | 'reason' | 'timerStartedAt'>): string {
  return view.timerStartedAt === null ? stateWords(view) : `${stateWords(view)} with its timer from ${view.timerStartedAt}`;
}

function differingFields(a: CallRecord, b: CallRecord): string[] {
  const fields = Object.keys(a) as (keyof CallRecord)[];
  return fields.filter((field) => JSON.stringify(sorted(a[field])) !== JSON.stringify(sorted(b[field])));
}

/** The value with its keys in order, so that the order in which a codec wrote them does not matter. */
function sorted(value: CallRecord[keyof CallRecord]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

function finding(message: string, evidence: readonly number[]): Finding {
  return { message, expected: null, actual: null, evidence };
}
