/** Something came, or was done, twice, and a change followed from the second time. */
import { isEvent } from '../../protocol/message-kinds.js';
import type { EventOf, TraceEvent } from '../../trace/event.js';
import { copiesIn } from '../history/copies.js';
import { causesOf, eventAt, type History } from '../history/history.js';
import { messagesOf } from '../history/messages.js';
import { presenceOf } from '../history/presence.js';
import { type Context, failedIn } from './context.js';
import { relayCandidates } from './relay.js';
import { type Candidate, evidenceOf, type Rule, SURE } from './rule.js';
import { faultWords } from './wording.js';

export const duplicated: Rule = {
  code: 'duplicated',
  title: 'A message counts twice',
  lookAt: 'whether the receiver knows a message that it has handled',
  doc: 'Something arrived more often than it was meant to, and something changed by it a second time.',
  ruledOutBy: 'two actions of the user, or one change only',
  apply(context) {
    const { ruledOutBy } = this;
    return [
      ...copied(context, ruledOutBy),
      ...changedAgain(context.history, ruledOutBy),
      ...relayCandidates(context, 'duplicated', ruledOutBy),
    ];
  },
};

function copied(context: Context, ruledOutBy: string): Candidate[] {
  const { history } = context;
  return failedIn(context, 'exactly-once').flatMap(({ evidence, message: what }): Candidate[] => {
    const events = evidence.flatMap((n) => eventAt(history, n) ?? []);
    const last = events.at(-1);
    if (last === undefined || copiesIn(history).some(({ reads }) => evidence.includes(reads[1].n))) return [];
    const { node } = last;
    const messages = messagesOf(history);
    const behind = events.flatMap((event) => readBehind(history, event) ?? []).filter((wire) => wire.node === node);
    const wires = [...new Set(behind)];
    const faults = wires.flatMap(({ n }) => {
      const message = messages.of(n);
      return message === undefined ? [] : presenceOf(history).striking(message);
    });
    const [a, b] = wires;
    const isSame = a !== undefined && b !== undefined && a.kind === b.kind && a.call === b.call;
    // An event of its own for each is what the server sent; an answer and an event about the same are as they should be.
    const isTwoEvents = isSame && isEvent(a.kind) && messages.of(a.n) !== messages.of(b.n);
    const isServers = !history.isServer(node) && isTwoEvents;
    const isAppliedTwice = events.every((event) => event.type === 'record' && event.node === node);
    const why = isServers ? 'the server sent it twice' : `${node} did not recognise the second copy`;
    return [
      {
        hop: isServers ? history.serverOf(node) : node,
        call: 'call' in last ? last.call : null,
        confidence: isSame ? SURE : isAppliedTwice ? 0.7 : 0.5,
        summary: `${what}: ${why}${faultWords([...new Set(faults)], 'made the copy')}.`,
        evidence: evidenceOf(...evidence, ...wires, ...faults.slice(0, 2)),
        ruledOutBy,
        originN: events[0]?.n ?? last.n,
      },
    ];
  });
}

/** The server made the same move twice: the record is a version further and in the same phase. */
function changedAgain(history: History, ruledOutBy: string): Candidate[] {
  return history.calls.flatMap(({ call, server }) =>
    server.flatMap((change, i): Candidate[] => {
      const before = server[i - 1];
      if (before === undefined || change.version <= before.version || change.phase !== before.phase) return [];
      const commands = [before, change].flatMap((event) => readBehind(history, event) ?? []);
      const again = commands.length < 2 ? '' : `, by ${commands.at(-1)?.kind} that came again`;
      return [
        {
          hop: change.node,
          call,
          confidence: SURE,
          summary: `The server made call ${call} ${change.phase} a second time (version ${change.version} after ${before.version})${again}.`,
          evidence: evidenceOf(...commands, before, change),
          ruledOutBy,
          originN: change.n,
        },
      ];
    }),
  );
}

/** The frame that led to an event at its node; the event itself where it is one that was read. */
function readBehind(history: History, event: TraceEvent): EventOf<'wire'> | null {
  for (const at of [event, ...causesOf(history, event)]) {
    if (at.node !== event.node) return null;
    if (at.type === 'wire' && at.dir === 'in') return at;
  }
  return null;
}
