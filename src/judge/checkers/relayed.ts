/** What one side sends to the other reaches it as it was: whole, once, in order. Seen without the server's help, at both ends. */
import type { MessageKind } from '../../protocol/message-kinds.js';
import type { CarriedDigest, EventOf, TraceEvent } from '../../trace/event.js';
import { groupBy } from '../../trace/grouping.js';
import { type History, markOf, onlineThroughout, perHistory, userOf } from '../history/history.js';
import { labelOf, seconds } from '../history/wording.js';
import { type Checker, evidenceOf, type Finding, HELD, verdictOf } from './checker.js';

/** What was sent so shortly before the end need not arrive, in milliseconds. */
const ON_THE_WAY_MS = 1_000;

export const relayed: Checker = {
  name: 'relayed',
  doc: 'Session descriptions and candidates reach the other side as they were sent: unchanged, none missing, none twice on one connection, in their order (only where the target passes them on as they are).',
  check(history) {
    const flaws = relayFlaws(history);
    return flaws.length === 0 ? HELD : verdictOf(flaws.map(({ finding }) => finding));
  },
};

/** What became of something that one side sent to the other. */
export interface RelayFlaw {
  /** `echoed`: it came back to the user who had sent it. */
  readonly kind: 'altered' | 'duplicated' | 'reordered' | 'lost' | 'echoed';
  readonly call: string;
  /** The device that got it, or should have got it. */
  readonly device: string;
  readonly what: CarriedDigest['what'];
  readonly finding: Finding;
}

type Wire = EventOf<'wire'>;

/** One description or candidate at one end. */
interface Item extends CarriedDigest {
  readonly wire: Wire;
}

/** What was sent and read in one call, and what is needed to judge it. */
interface Relay {
  readonly history: History;
  readonly call: string;
  readonly wires: readonly Wire[];
  readonly sent: readonly Item[];
  readonly read: readonly Item[];
  readonly end: TraceEvent | null;
  /** Everything that was sent in any call. */
  readonly everything: readonly Item[];
  /** What hostile agents sent about this call. */
  readonly hostile: readonly Wire[];
}

/** Every flaw of a trace, call by call; none where the target writes descriptions of its own. */
export const relayFlaws = perHistory((history): readonly RelayFlaw[] => {
  if (history.begin?.adapter?.relaysAsIs !== true) return [];
  const teardown = markOf(history, 'teardown');
  const wires = history.wires.filter((wire) => wire.call !== null && (teardown === null || wire.n < teardown.n));
  // What a fault of the probe's own did to the messages of a call is not the target's doing.
  const struck = new Set(history.faults.flatMap((fault) => (fault.struck === null ? [] : [fault.struck.call])));
  const isHostile = ({ node }: Wire): boolean => history.begin?.devices.includes(node) === false && !history.isServer(node);
  const strangers = new Set(wires.filter(isHostile).map(({ node }) => node));
  const everything = itemsOf(wires).filter(({ wire }) => wire.dir === 'out');
  return [...groupBy(wires, ({ call }) => call ?? '')].flatMap(([call, all]) => {
    // A hostile agent may send what it likes in calls of its own.
    const isStrange = strangers.size > 0 && (history.callsById.get(call)?.caller ?? null) === null;
    if (struck.has(call) || isStrange) return [];
    const own = strangers.size === 0 ? all : all.filter(({ node }) => !strangers.has(node));
    const items = itemsOf(own);
    const sent = items.filter(({ wire }) => wire.dir === 'out');
    const read = items.filter(({ wire }) => wire.dir === 'in');
    const relay: Relay = {
      history,
      call,
      wires: own,
      sent,
      read,
      end: teardown ?? history.last,
      everything,
      hostile: all.filter(({ node, dir }) => dir === 'out' && strangers.has(node)),
    };
    const devices = [...new Set(read.map(({ wire }) => wire.node))];
    return [...devices.flatMap((device) => arrivals(relay, device)), ...losses(relay)];
  });
});

function itemsOf(wires: readonly Wire[]): Item[] {
  return wires.flatMap((wire) => (wire.carries ?? []).map((carried): Item => ({ ...carried, wire })));
}

/**
 * A candidate of another call, such as the one before or one that was refused: where messages name no call, a device takes
 * what comes late for part of the call that it is in. It arrived as it was sent.
 */
function isStray({ everything, call }: Relay, { what, digest, wire }: Item): boolean {
  const isIt = (one: Item): boolean => one.digest === digest && one.wire.call !== call;
  return what === 'candidate' && everything.some((one) => isIt(one) && userOf(one.wire.node) !== userOf(wire.node));
}

/** What arrived at one device: changed, too often, out of order, or its own. */
function arrivals(relay: Relay, device: string): RelayFlaw[] {
  const { call, sent } = relay;
  const isOwn = ({ wire }: Item): boolean => userOf(wire.node) === userOf(device);
  const theirs = sent.filter((item) => !isOwn(item));
  const label = labelOf(relay.history, device);
  // What came of a hostile agent's message is judged by "isolation".
  const isStrange = ({ n, at }: Wire): boolean => relay.hostile.some((one) => one.n < n && at - one.at < ON_THE_WAY_MS);
  const read = relay.read.filter(({ wire }) => wire.node === device && !isStrange(wire));
  const flaws: RelayFlaw[] = [];
  const add = (
    kind: RelayFlaw['kind'],
    what: Item['what'],
    message: string,
    words: readonly [string, string],
    evidence: readonly number[],
  ): void => {
    flaws.push({ kind, call, device, what, finding: finding(message, words, evidence) });
  };
  // Who connects anew may get once more what there is.
  const furthestOn = new Map<number, number>();
  for (const [index, item] of read.entries()) {
    const { what, wire } = item;
    const at = theirs.findIndex((one) => one.what === what && one.digest === item.digest);
    const original = theirs[at];
    if (original === undefined && isStray(relay, item)) continue;
    if (original === undefined) {
      const own = sent.find((one) => isOwn(one) && one.digest === item.digest);
      const nearest = theirs.findLast((one) => one.what === what);
      if (own !== undefined) {
        const message = `the ${what} of call ${call} came back to ${label}, whose own it is`;
        add('echoed', what, message, ['to reach the other side', 'came back'], [own.wire.n, wire.n]);
      } else if (nearest === undefined) {
        const message = `${label} got ${what === 'candidate' ? 'a candidate' : `an ${what}`} in call ${call} that nobody sent`;
        add('altered', what, message, ['nothing', item.digest], [wire.n]);
      } else {
        const message = `the ${what} of call ${call} was changed on its way to ${label}: sent with digest ${nearest.digest}, received with ${item.digest}`;
        add('altered', what, message, [nearest.digest, item.digest], [nearest.wire.n, wire.n]);
      }
      continue;
    }
    const furthest = furthestOn.get(wire.conn) ?? -1;
    const isCopy = (one: Item): boolean => one.digest === item.digest && one.wire.conn === wire.conn;
    const copies = read.slice(0, index + 1).filter(isCopy).length;
    const originals = theirs.filter(({ digest }) => digest === item.digest).length;
    if (copies > originals) {
      const message = `${label} got the ${what} of call ${call} ${copies} times, and it was sent ${timesWord(originals)}`;
      add('duplicated', what, message, [timesWord(originals), `${copies} times`], [original.wire.n, wire.n]);
    } else if (at < furthest) {
      const message = `${label} got the ${what} of call ${call} after what was sent behind it`;
      add(
        'reordered',
        what,
        message,
        ['in the order in which it was sent', 'overtaken'],
        [original.wire.n, theirs[furthest]?.wire.n ?? 0, wire.n],
      );
    }
    furthestOn.set(wire.conn, Math.max(furthest, at));
  }
  return flaws;
}

/** What nobody of the other side got, although somebody there was in the call and could have. */
function losses({ history, call, wires, sent, read, end }: Relay): RelayFlaw[] {
  const wasAnswered = wires.some(({ kind }) => kind === 'command.accept' || kind === 'event.connected');
  const over = wires.find(({ kind }) => kind === 'event.ended' || ENDS.includes(kind)) ?? end;
  return sent.flatMap((item): RelayFlaw[] => {
    const { what, wire, digest } = item;
    // Before somebody has answered a server may keep candidates: it need not know yet whom they are for.
    if (what === 'candidate' && !wasAnswered) return [];
    const isTheirs = ({ node }: { readonly node: string }): boolean => userOf(node) !== userOf(wire.node);
    // One that came back to its own side is reported there; a description that arrived changed is no lost one.
    if (read.some((one) => one.digest === digest)) return [];
    if (read.some((one) => isTheirs(one.wire) && one.what === what && (one.digest === digest || what !== 'candidate'))) return [];
    const others = [...new Set(wires.filter((one) => isTheirs(one) && one.dir === 'in').map(({ node }) => node))];
    const able = others.filter((node) => onlineThroughout(history, node, wire.n, over?.n ?? wire.n));
    const [device] = able;
    if (device === undefined || over === null || over.at - wire.at < ON_THE_WAY_MS) return [];
    const whom = able.map((node) => labelOf(history, node)).join(' or ');
    const message = `the ${what} of call ${call} that ${labelOf(history, wire.node)} sent at ${seconds(wire.at)} never reached ${whom}`;
    return [{ kind: 'lost', call, device, what, finding: finding(message, ['to arrive', 'lost'], [wire.n, over.n]) }];
  });
}

const ENDS: readonly MessageKind[] = ['command.reject', 'command.cancel', 'command.hangup'];

function timesWord(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function finding(message: string, [expected, actual]: readonly [string, string], evidence: readonly number[]): Finding {
  return { message, expected, actual, evidence: evidenceOf(...evidence) };
}
