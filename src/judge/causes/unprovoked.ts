/** A state changed at a device of a black box, and nobody had done anything for it. */
import { isCommand } from '../../protocol/message-kinds.js';
import type { EventOf } from '../../trace/event.js';
import { type CallHistory, causeOf, type History } from '../history/history.js';
import { type Surprise, surprisesOf } from '../history/provocation.js';
import { seconds, stateWords } from '../history/wording.js';
import { failureOf } from './failing.js';
import { type Candidate, evidenceOf, type Rule, SURE } from './rule.js';

const TITLES = {
  answered: 'The server reports an answer that nobody gave',
  ended: 'The server ends a call that nobody ended',
} as const;
const LOOK_AT = {
  answered: 'on which messages the server notifies a caller of an answer',
  ended: 'what ends calls at the server besides its users: timers, other devices, the answer itself',
} as const;

export const unprovoked: Rule = {
  code: 'unprovoked',
  title: TITLES.ended,
  lookAt: LOOK_AT.ended,
  doc: 'A state changed and nobody did anything for it: answered, ended; also when the device that answered is sent the end of its own call.',
  ruledOutBy: 'an action of a user, a lost connection or a time-out before it that leads to this change',
  apply(context) {
    if (failureOf(context) === null) return [];
    const { history } = context;
    return [
      ...surprisesOf(history).flatMap((surprise) => candidateFor(history, surprise, this.ruledOutBy)),
      ...history.calls.flatMap((call) => unplaced(history, call, this.ruledOutBy)),
    ];
  },
};

function candidateFor(history: History, { what, call, view, wire }: Surprise, ruledOutBy: string): Candidate[] {
  if (what === 'revived') return [];
  const name = wire.name ?? wire.kind;
  const nobody =
    what === 'answered' ? 'Nobody had accepted the call' : 'Nobody had ended the call, left it or lost the connection';
  return [
    {
      hop: history.serverOf(view.node),
      call: call.call,
      title: TITLES[what],
      lookAt: LOOK_AT[what],
      confidence: SURE,
      proof: [
        `${view.node} read "${name}" at ${seconds(wire.at)} and shows ${stateWords(view)}.`,
        `${nobody} by then.`,
        ...lastSentence(history, wire),
      ],
      summary: `The server sent ${view.node} "${name}" of call ${call.call}, which then showed ${stateWords(view)}, and nobody had done anything for it.`,
      evidence: evidenceOf(wire, view),
      ruledOutBy,
      originN: wire.n,
    },
  ];
}

/** A call that rings at a device, and that nobody placed. */
function unplaced(history: History, { call, caller, shown }: CallHistory, ruledOutBy: string): Candidate[] {
  if (!history.isForeign || history.serverVisible || caller !== null) return [];
  if (history.actions.some((one) => one.call === call && one.action === 'call')) return [];
  return [...shown.values()].flatMap(([view]): Candidate[] => {
    const wire = view === undefined ? null : causeOf(history, view);
    if (view === undefined || wire?.type !== 'wire' || wire.kind !== 'event.inviting') return [];
    // An agent that is no device of the run, a hostile one, has placed it.
    const isPlaced = history.wires.some(
      ({ n, dir, kind, node }) => n < wire.n && dir === 'out' && kind === 'command.invite' && !history.devices.includes(node),
    );
    if (isPlaced) return [];
    const name = wire.name ?? wire.kind;
    return [
      {
        hop: history.serverOf(view.node),
        call,
        title: 'The server rings for a call that nobody placed',
        lookAt: 'what makes the server send an invitation besides a call, and which id it gives it',
        confidence: SURE,
        proof: [
          `${view.node} read "${name}" at ${seconds(wire.at)} and shows ${view.state}.`,
          'Nobody of this run had placed that call.',
          ...lastSentence(history, wire),
        ],
        summary: `The server sent ${view.node} "${name}" of call ${call}, which nobody of this run had placed.`,
        evidence: evidenceOf(wire, view),
        ruledOutBy,
        originN: wire.n,
      },
    ];
  });
}

/** What anybody had sent last before a message that nothing explains: it may be what the server reacts to. */
function lastSentence(history: History, { n, at }: EventOf<'wire'>): string[] {
  const last = history.wires.findLast((one) => one.n < n && one.dir === 'out' && isCommand(one.kind));
  if (last === undefined) return [];
  return [`The last message before it was "${last.name ?? last.kind}" of ${last.node}, ${seconds(at - last.at)} earlier.`];
}
