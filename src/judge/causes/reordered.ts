/** Changes came in another order than they were made, and what the device shows followed that order. */
import { PHASES } from '../../protocol/call.js';
import { isEvent } from '../../protocol/message-kinds.js';
import type { EventOf } from '../../trace/event.js';
import { type CallHistory, eventAt } from '../history/history.js';
import { carriedBy, type Message, messagesOf } from '../history/messages.js';
import { presenceOf } from '../history/presence.js';
import { seconds } from '../history/wording.js';
import { type Context, failedIn } from './context.js';
import { failureOf } from './failing.js';
import { relayCandidates } from './relay.js';
import { type Candidate, evidenceOf, type Rule, SURE } from './rule.js';
import { faultWords } from './wording.js';

type Wire = EventOf<'wire'>;

export const reordered: Rule = {
  code: 'reordered',
  title: 'Messages arrive in another order than they were sent',
  lookAt: 'whether messages of one call take one path, and whether the app checks the order',
  doc: 'Changes reached a device in another order than they were made, and a wrong state followed from it.',
  ruledOutBy: 'the same order at both ends, or a device that showed the newest of what it had read',
  apply(context) {
    if (failureOf(context) === null) return [];
    const { calls, devices } = context.history;
    const ofChanges = calls.flatMap((call) => devices.flatMap((device) => inDevice(context, call, device, this.ruledOutBy)));
    return [...ofChanges, ...overtaken(context, this.ruledOutBy), ...relayCandidates(context, 'reordered', this.ruledOutBy)];
  },
};

/** A version as an event of its own brought it. */
interface Brought {
  readonly wire: Wire;
  readonly version: number;
  readonly phase: string;
}

function inDevice(context: Context, call: CallHistory, device: string, ruledOutBy: string): Candidate[] {
  const { history } = context;
  const messages = messagesOf(history);
  const backwards = regress(call, device);
  const mayBeCited = failedIn(context, 'legal-moves').length + failedIn(context, 'exactly-once').length > 0;
  if (backwards === null && !mayBeCited) return [];
  const own = messages.about(device, call.call);
  const read = inversion(broughtBy(own, call.call, 'reads'));
  const written = inversion(broughtBy(own, call.call, 'writes'));
  const inverted = read ?? written;
  if (inverted === null || (backwards === null && !isCited(context, call.call, inverted))) return [];
  const [later, earlier] = inverted;
  // Where the record itself went that way, the order is as it was made.
  const isAsMade = call.server.some(({ version, phase }) => version === earlier.version && phase === earlier.phase);
  if (isAsMade && earlier.version > later.version) return [];
  // A device that knows versions has to ignore an older one: where it did not, the order was only the occasion.
  const isKnownOlder = later.version > earlier.version && backwards?.type === 'record';
  const isServers = written !== null || !history.serverVisible;
  const hop = isKnownOlder ? device : isServers ? history.serverOf(device) : `${device}.signaling`;
  const presence = presenceOf(history);
  const struck = [later, earlier].flatMap(({ wire }) => {
    const message = messages.of(wire.n);
    return message === undefined ? [] : presence.striking(message);
  });
  const faults = struck.length > 0 ? struck : presence.activeOn(device, later.wire.n, earlier.wire.n);
  const back =
    backwards === null ? '' : `, and the device went back to ${backwards.type === 'state' ? backwards.state : backwards.phase}`;
  const inTransit = history.serverVisible ? ': their order changed in transit' : '';
  const who = written !== null ? ': the server wrote them in this order' : inTransit;
  return [
    {
      hop,
      call: call.call,
      confidence: backwards === null ? 0.7 : SURE,
      summary: `${device} received ${earlier.phase} (version ${earlier.version}) of call ${call.call} after ${later.phase} (version ${later.version})${back}${who}${faultWords(faults, struck.length > 0 ? 'struck one of them' : 'was active on its link')}.`,
      evidence: evidenceOf(later.wire, earlier.wire, backwards, ...faults.slice(0, 2)),
      ruledOutBy,
      originN: Math.min(later.wire.n, earlier.wire.n),
    },
  ];
}

/** The first event of its own for each version; results and welcomes repeat what is known. */
function broughtBy(messages: readonly Message[], call: string, end: 'reads' | 'writes'): Brought[] {
  const seen = new Set<number>();
  return messages
    .flatMap((message) => message[end].slice(0, 1))
    .filter(({ kind }) => isEvent(kind))
    .sort((a, b) => a.n - b.n)
    .flatMap((wire) =>
      carriedBy(wire).flatMap(({ id, version, fields }) =>
        id === call ? [{ wire, version, phase: String(fields['phase']) }] : [],
      ),
    )
    .filter(({ version }) => !seen.has(version) && seen.add(version));
}

/** The first that is older, by its version or by its phase, than what came before it: `[later, earlier]`. */
function inversion(brought: readonly Brought[]): readonly [Brought, Brought] | null {
  let newest: Brought | null = null;
  for (const one of brought) {
    if (newest !== null && (one.version < newest.version || rankOf(one.phase) < rankOf(newest.phase))) return [newest, one];
    newest = one;
  }
  return null;
}

const ORDER: readonly string[] = PHASES;
const rankOf = (phase: string): number => ORDER.indexOf(phase);

/** What the device applied, or showed, that was older than what it had before; null when it only went forward. */
function regress({ applied, shown }: CallHistory, device: string): EventOf<'record'> | EventOf<'state'> | null {
  const records = applied.get(device) ?? [];
  const back = records.find((event, i) => event.version < (records[i - 1]?.version ?? 0));
  if (back !== undefined) return back;
  const views = (shown.get(device) ?? []).filter(({ state }) => state !== 'idle');
  return views.find((view, i) => rankOf(view.state) < rankOf(views[i - 1]?.state ?? view.state)) ?? null;
}

/** Whether a checker cites one of the two frames, or something that followed from them, as evidence. */
function isCited(context: Context, call: string, [later, earlier]: readonly [Brought, Brought]): boolean {
  const wires = new Set([later.wire.n, earlier.wire.n]);
  return [...failedIn(context, 'legal-moves'), ...failedIn(context, 'exactly-once')].some(({ evidence }) =>
    evidence.some((n) => {
      const event = eventAt(context.history, n);
      const isEffect = event !== undefined && 'call' in event && event.call === call && wires.has(event.cause ?? 0);
      return wires.has(n) || isEffect;
    }),
  );
}

/** What the other side reads of two commands that one device may send right after each other. */
const PAIRS = [
  { earlier: 'command.accept', shows: 'event.connected', later: 'command.hangup', ends: 'event.ended' },
  { earlier: 'command.invite', shows: 'event.inviting', later: 'command.cancel', ends: 'event.ended' },
  { earlier: 'command.ring', shows: 'event.ringing', later: 'command.accept', ends: 'event.connected' },
] as const;

/** Two messages that left over one connection of a black box, and whose effects reached another device the other way round. */
function overtaken(context: Context, ruledOutBy: string): Candidate[] {
  const { history } = context;
  if (!history.isForeign || history.serverVisible) return [];
  const presence = presenceOf(history);
  return history.calls.flatMap(({ call }): Candidate[] => {
    const own = history.wires.filter((wire) => wire.call === call);
    return PAIRS.flatMap(({ earlier, shows, later, ends }): Candidate[] => {
      const second = own.find(({ dir, kind }) => dir === 'out' && kind === later);
      const first = own.findLast(
        (one) => one.dir === 'out' && one.kind === earlier && one.n < (second?.n ?? 0) && one.link === second?.link,
      );
      if (first === undefined || second === undefined || first.conn !== second.conn) return [];
      const read = own.find(({ dir, kind, node, n }) => dir === 'in' && kind === ends && node !== second.node && n > second.n);
      const late = own.find(({ dir, kind, node }) => dir === 'in' && kind === shows && node === read?.node);
      if (read === undefined || late === undefined || late.n < read.n) return [];
      const isDisturbed = [first.node, read.node].some((device) => presence.activeOn(device, first.n, late.n).length > 0);
      if (isDisturbed) return [];
      return [
        {
          hop: history.serverOf(read.node),
          call,
          title: 'The server changes the order of two messages of one device',
          lookAt: 'whether the server handles a message before it has done with the one before it on the same connection',
          confidence: SURE,
          proof: [
            `${first.node} sent "${first.name ?? earlier}" at ${seconds(first.at)} and "${second.name ?? later}" at ${seconds(second.at)}, over one connection.`,
            `${read.node} read "${read.name ?? ends}" at ${seconds(read.at)} and "${late.name ?? shows}" at ${seconds(late.at)}.`,
          ],
          summary: `The server passed "${second.name ?? later}" of call ${call} on to ${read.node} before "${first.name ?? earlier}", which ${first.node} had sent first.`,
          evidence: evidenceOf(first, second, read, late),
          ruledOutBy,
          originN: first.n,
        },
      ];
    });
  });
}
