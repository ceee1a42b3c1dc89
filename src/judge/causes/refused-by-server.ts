/** The server answered with a refusal, shut the device out, or no longer knew the call. */
import { LEGAL_MOVES, type Move, PHASES } from '../../protocol/call.js';
import { type EventOf, eventsOf } from '../../trace/event.js';
import { failureOf, hadTime, isEpilogue } from '../evidence/failing.js';
import { endedWithConnection, givenUp } from '../evidence/given-up.js';
import { type Candidate, evidenceOf, LIKELY, type Rule, SURE } from '../evidence/rule.js';
import type { Timeline } from '../evidence/timeline.js';
import { owing } from '../evidence/wording.js';
import type { Deed } from '../history/deeds.js';
import { carriedBy } from '../history/letters.js';
import { healthIn } from '../history/outage.js';
import { recordAt } from '../history/replay.js';

export const refusedByServer: Rule = {
  code: 'refused-by-server',
  doc: 'The server answered the command with a refusal, shut the device out, no longer knew a call that was up, or gave it up with the first connection that broke.',
  ruledOutBy: 'a record of the call, at that moment, that makes the refusal right',
  apply(timeline) {
    const failure = failureOf(timeline);
    if (failure === null) return [];
    return [
      ...timeline.deeds.flatMap((deed) => refusal(timeline, deed, this.ruledOutBy)),
      ...timeline.replay.devices.flatMap((device) => shutOut(timeline, device, this.ruledOutBy)),
      ...forgotten(timeline, this.ruledOutBy),
      ...turnedAway(timeline),
      ...givenUp(timeline, this.ruledOutBy),
      ...endedWithConnection(timeline, this.ruledOutBy),
    ];
  },
};

/** Nobody got in although somebody was there: overload or a limit of the rate, and no end of the target. */
function turnedAway({ trace, end }: Timeline): Candidate[] {
  const noted = healthIn(trace, 'busy');
  if (noted === undefined || end?.status !== 'target-busy') return [];
  const attempts = eventsOf(trace, 'conn').filter(({ state, n }) => state !== 'opened' && n < noted.n);
  return [
    {
      hop: 'server',
      call: null,
      confidence: SURE,
      summary: `The target is there, and let nobody in: ${noted.error}. It is overloaded, or limits how often one may connect.`,
      evidence: evidenceOf(...attempts.slice(0, 3), noted, end),
      ruledOutBy: 'a log of the target that shows these connections admitted at that time',
      originN: attempts[0]?.n ?? noted.n,
    },
  ];
}

const MOVE_OF: Readonly<Record<string, Move>> = { accept: 'accept', reject: 'reject', cancel: 'cancel', 'hang up': 'hangup' };

/** A refusal that the table of moves does not ask for is the server's fault; one that it asks for has a cause of its own before it. */
function refusal(timeline: Timeline, deed: Deed, ruledOutBy: string): Candidate[] {
  const { op, letter, heard, answer } = deed;
  if (answer === null || answer.refused === null || isEpilogue(timeline, op)) return [];
  // A refusal that is right is no cause of anything by itself.
  if (timeline.complaints.length === 0) return [];
  const written = timeline.letters.of(answer.wire.n)?.writes[0] ?? null;
  const history = timeline.histories.get(op.call ?? '');
  const held = history === undefined || written === null ? null : recordAt(history, written.n);
  const phase = PHASES.find((one) => one === carriedBy(answer.wire)[0]?.fields['phase']) ?? held?.phase ?? null;
  const move = MOVE_OF[op.action];
  const cell = phase === null || move === undefined ? null : LEGAL_MOVES[phase][move];
  const isRight = cell !== null && 'refuse' in cell;
  const wrongly = cell !== null && !isRight;
  return [
    {
      hop: 'server',
      call: op.call,
      confidence: wrongly ? 0.9 : isRight ? 0.4 : 0.7,
      summary: `The server refused "${op.action}" of ${op.node} in call ${op.call} as ${answer.refused}${phase === null ? '' : ` while its record was ${phase}${wrongly ? ', which allows it' : ''}`}.`,
      evidence: evidenceOf(op, letter?.writes[0], heard, held, answer.wire),
      ruledOutBy,
      originN: op.n,
    },
  ];
}

/** Close codes from here on are refusals of the bundled protocol. */
const REFUSAL_CODE_MIN = 4_400;

/** A server refused or closed a device; the device did not get in again, and is wrong about something. */
function shutOut(timeline: Timeline, device: string, ruledOutBy: string): Candidate[] {
  const { trace, presence, replay } = timeline;
  const last = trace.at(-1);
  if (last === undefined) return [];
  const refusals = eventsOf(trace, 'session').filter(({ node, state }) => node === device && state === 'refused');
  const closed = eventsOf(trace, 'conn').findLast(
    ({ node, code, n }) => node === device && (code ?? 0) >= REFUSAL_CODE_MIN && presence.goneUntil(device, n) > last.n,
  );
  const word = closed ?? refusals.findLast(({ n }) => presence.goneUntil(device, n) > last.n);
  const failure = failureOf(timeline);
  if (
    word === undefined ||
    failure === null ||
    !hadTime(timeline, word, failure) ||
    isEpilogue(timeline, word) ||
    replay.offline.get(device)?.some(({ toN }) => toN > last.n)
  )
    return [];
  const why = word.type === 'conn' ? `${word.code} ${word.reason}`.slice(0, 120) : (word.text ?? '').slice(0, 120);
  const isDoor = word.type === 'session';
  const faults = presence.atWork(device, 0, word.n);
  return [
    {
      hop: 'server',
      call: null,
      confidence: faults.length > 0 ? 0.6 : 0.85,
      summary: `The server ${isDoor ? 'did not let' : 'closed the connection of'} ${device} ${isDoor ? 'in ' : ''}(${why}), and the device never got in again${owing(faults, 'was at work before')}.`,
      evidence: evidenceOf(...refusals.slice(-2), word),
      ruledOutBy,
      originN: word.n,
    },
  ];
}

/** A device came back and was greeted without a call that was still up by all that the trace knows. */
function forgotten(timeline: Timeline, ruledOutBy: string): Candidate[] {
  const { replay, letters, trace } = timeline;
  return replay.calls.flatMap((history): Candidate[] => {
    for (const [device, views] of history.shown) {
      const given = views.find(
        (view) =>
          view.state === 'ended' && view.version === null && (view.reason === 'server-error' || view.reason === 'peer-lost'),
      );
      if (given === undefined || isEpilogue(timeline, given)) continue;
      const before = views.findLast(({ n }) => n < given.n);
      const record = recordAt(history, given.n) ?? history.applied.get(device)?.findLast(({ n }) => n < given.n) ?? null;
      if (record === null || record.phase === 'ended' || before === undefined) continue;
      const welcome = (letters.down.get(device) ?? [])
        .flatMap(({ reads }) => reads)
        .findLast(({ kind, n }) => kind === 'welcome' && n > before.n && n < given.n);
      if (welcome === undefined || carriedBy(welcome).some(({ id }) => id === history.call)) continue;
      const restarts = eventsOf(trace, 'fault').filter(({ n }): boolean => replay.serverRestarts.includes(n) && n < welcome.n);
      return [
        {
          hop: 'server',
          call: history.call,
          confidence: replay.serverVisible ? SURE : LIKELY,
          summary: `The server greeted ${device} without call ${history.call}, which was ${record.phase}: it no longer knew of it${owing(restarts.slice(-1), 'had ended its process')}.`,
          evidence: evidenceOf(record, ...restarts.slice(-1), welcome, given),
          ruledOutBy,
          originN: (restarts.at(-1) as EventOf<'fault'> | undefined)?.n ?? welcome.n,
        },
      ];
    }
    return [];
  });
}
