/** The record moves by its table only, one version at a time, and no device takes it backwards. */
import { type CallRecord, LEGAL_MOVES, MOVER, MOVES, PHASES, sideOf, viewOf } from '../../protocol/call.js';
import type { EventOf } from '../../trace/event.js';
import { isProvisional } from '../history/agreement.js';
import { firstAfter } from '../history/by-number.js';
import {
  addressFrom,
  appliedAt,
  type CallHistory,
  type History,
  hasRestarted,
  isLive,
  sameView,
  screenAt,
  shownAt,
} from '../history/history.js';
import { differingFields } from '../history/messages.js';
import { labelOf, stateWords } from '../history/wording.js';
import { answersAfterEnd } from './answers-after-end.js';
import { type Checker, type Finding, findingOf, verdictOf } from './checker.js';

export const legalMoves: Checker = {
  name: 'legal-moves',
  doc: 'The record of a call grows by one version at a time along the table of legal moves and never changes after its end, nor falls back when the server starts again; devices apply only what the server held, show what they applied, and never go back.',
  check(history) {
    return verdictOf([
      ...history.calls.flatMap((call) => [
        ...serverFindings(history, call),
        ...replicaFindings(history, call),
        ...viewFindings(history, call),
        ...unshownFindings(history, call),
        ...answersAfterEnd(history, call),
      ]),
      ...history.violations
        .filter(({ code }) => ILLEGAL.includes(code))
        .map((event) => findingOf(`${event.node} saw an illegal move: ${event.message} (${event.code})`, [event.n])),
    ]);
  },
};

/** Violations by which a node says that it saw a move that the table does not allow. */
const ILLEGAL: readonly string[] = ['illegal-move', 'illegal-transition'];

type Change = EventOf<'record'>;

function serverFindings(history: History, { call, server }: CallHistory): Finding[] {
  return server.flatMap((change, i) => {
    const before = server[i - 1] ?? null;
    const where = `the server's record of call ${call}, version ${change.version}`;
    const evidence = before === null ? [change.n] : [before.n, change.n];
    const flaws = isRestored(history, before, change) ? restored(before, change) : succeeding(before, change);
    return [...inItself(change), ...flaws].map((flaw) => findingOf(`${where}: ${flaw}`, evidence));
  });
}

function succeeding(before: Change | null, change: Change): string[] {
  return before === null ? asFirst(change) : [...after(before, change), ...ofAnother(before, change)];
}

/** Whether a server that started again reports what it has kept: nothing caused the change but the restart. */
function isRestored({ serverRestarts }: History, before: Change | null, change: Change): boolean {
  return change.cause === null && serverRestarts.some((n) => (before?.n ?? 0) < n && n < change.n);
}

/**
 * What is wrong with a record that a server restored after a restart. It may be ahead of the trace: what was stored and
 * not sent yet when the process ended is in the store and in no trace. It must not be behind.
 */
function restored(before: Change | null, change: Change): string[] {
  if (before === null) return [];
  const { record } = change;
  if (record.version < before.version)
    return [`the server was at version ${before.version} before it started again and forgot it`];
  if (record.version === before.version + 1) return succeeding(before, change);
  if (record.version > before.version) return ofAnother(before, change);
  const fields = differingFields(before.record, record);
  return fields.length === 0 ? [] : [`after a restart of the server it differs in ${fields.join(', ')}`];
}

/** Versions that a server had stored and not sent yet when its process ended: in its store, and in no trace. */
function storedOnly(history: History, { server }: CallHistory): ReadonlySet<number> {
  const versions = new Set<number>();
  for (const [i, change] of server.entries()) {
    const before = server[i - 1] ?? null;
    if (!isRestored(history, before, change)) continue;
    for (let version = (before?.version ?? 0) + 1; version < change.version; version++) versions.add(version);
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

function replicaFindings(history: History, call: CallHistory): Finding[] {
  const held = new Map(call.server.map((change) => [change.version, change]));
  const unsent = storedOnly(history, call);
  return [...call.applied].flatMap(([device, applied]) =>
    applied.flatMap((event): Finding[] => {
      const findings: Finding[] = [];
      const { version, phase, record, n } = event;
      const where = `${device} applied version ${version} (${phase}) of call ${call.call}`;
      const before = appliedAt(history, call, device, n - 1);
      if (before !== null && version <= before.version) {
        findings.push(findingOf(`${where} after version ${before.version}: a replica never goes back`, [before.n, n]));
      }
      if (record.version !== version || record.phase !== phase || record.id !== event.call) {
        findings.push(findingOf(`${where}, but the record says version ${record.version} (${record.phase})`, [n]));
      }
      if (!history.serverVisible) return findings;
      const source = held.get(version);
      if (source === undefined)
        return unsent.has(version) ? findings : [...findings, findingOf(`${where}, which the server never held`, [n])];
      const fields = differingFields(source.record, record);
      const differs = `${where}, which differs from the server's in ${fields.join(', ')}`;
      return fields.length === 0 ? findings : [...findings, findingOf(differs, [source.n, n])];
    }),
  );
}

/** A view of a version shows what the record of that version means for its device, and no view goes back in the call. */
function viewFindings(history: History, call: CallHistory): Finding[] {
  const findings: Finding[] = [];
  for (const [device, shown] of call.shown) {
    let furthest: EventOf<'state'> | null = null;
    for (const view of shown) {
      if (furthest !== null && hasRestarted(history, device, furthest.n, view.n)) furthest = null;
      if (furthest !== null && rank(view) < rank(furthest)) {
        const words = `${stateWords(furthest)} to ${stateWords(view)}`;
        const message = `${labelOf(history, device)} went back from ${words} in call ${call.call}`;
        findings.push(findingOf(message, [furthest.n, view.n]));
      } else if (!isProvisional(view)) furthest = view;
      findings.push(...againstRecord(history, call, view));
    }
  }
  return findings;
}

/** A view against itself and, where it names a version, against the record that its device applied. */
function againstRecord(history: History, call: CallHistory, view: EventOf<'state'>): Finding[] {
  const label = labelOf(history, view.node);
  const shows = `${stateWords(view)} in call ${call.call}`;
  const { version, reason, state, n } = view;
  if (view.timerStartedAt !== null && state !== 'connected')
    return [findingOf(`the timer of ${label} runs while it shows ${shows}`, [n])];
  if (reason !== null && state !== 'ended')
    return [findingOf(`${label} gives an end reason for a call that it shows as live: ${shows}`, [n])];
  if (version === null || !history.serverVisible) return [];
  const basis = call.applied.get(view.node)?.find((event) => event.version === version);
  const what = `for version ${version} of call ${call.call}`;
  if (basis === undefined) return [findingOf(`${label} shows ${stateWords(view)} ${what}, which it never applied`, [n])];
  const wanted = viewOf(basis.record, addressFrom(view.node));
  if (sameView(wanted, view)) return [];
  return [
    {
      message: `${label} shows ${viewWords(view)} ${what}, which means ${viewWords(wanted)} there`,
      expected: viewWords(wanted),
      actual: viewWords(view),
      evidence: [basis.n, n],
    },
  ];
}

/** A record that was applied and never reached the screen, up to the next record or the end of the device's life. */
function unshownFindings(history: History, call: CallHistory): Finding[] {
  const end = (history.last?.n ?? 0) + 1;
  return [...call.applied].flatMap(([device, applied]) => {
    const restarts = history.restarts.get(device) ?? [];
    const elsewhere = (history.states.get(device) ?? []).filter((state) => state.call !== null && state.call !== call.call);
    return applied.flatMap((event, i): Finding[] => {
      const restart = restarts.find((n) => n > event.n) ?? Infinity;
      const moved = firstAfter(elsewhere, event.n)?.n ?? Infinity;
      const until = Math.min(applied[i + 1]?.n ?? Infinity, restart, moved, end) - 1;
      const wanted = viewOf(event.record, addressFrom(device));
      const shown = shownAt(history, call, device, until);
      // A device that has received nothing for too long ends the call for its user, until the server says more.
      if (shown !== null && isProvisional(shown)) return [];
      // What is over need not be shown, as long as nothing else is: the user may have closed it, or may never have seen it.
      const right = isLive(wanted.state)
        ? shown !== null && sameView(wanted, shown)
        : shown === null || shown.state === 'ended' || shown.state === 'idle';
      if (right || until === event.n || isElsewhere(history, call, device, until)) return [];
      const words = stateWords(shown);
      return [
        {
          message: `${labelOf(history, device)} applied version ${event.version} of call ${call.call} and went on showing ${words} instead of ${stateWords(wanted)}`,
          expected: stateWords(wanted),
          actual: words,
          evidence: [event.n, ...(shown === null ? [] : [shown.n])],
        },
      ];
    });
  });
}

/** Whether the device shows another call that is live: a user in a call is not shown a second one. */
function isElsewhere(history: History, { call }: CallHistory, device: string, n: number): boolean {
  const screen = screenAt(history, device, n);
  return screen !== null && screen.call !== null && screen.call !== call && isLive(screen.state);
}

function rank(view: EventOf<'state'>): number {
  return view.state === 'idle' ? PHASES.length : PHASES.indexOf(view.state);
}

function viewWords(view: Pick<EventOf<'state'>, 'state' | 'reason' | 'timerStartedAt'>): string {
  return view.timerStartedAt === null ? stateWords(view) : `${stateWords(view)} with its timer from ${view.timerStartedAt}`;
}
