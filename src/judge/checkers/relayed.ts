/** What one side hands to the other reaches it as it was: whole, once, in order. Seen without the server's help, at both ends. */
import { beginOf, type CarriedDigest, type EventOf, eventsOf, type TraceEvent } from '../../trace/event.js';
import { groupBy } from '../../trace/grouping.js';
import { markOf, onlineThroughout, type Replay, replayOf, userOf } from '../history/replay.js';
import { labelOf, seconds } from '../history/wording.js';
import { type Checker, type Finding, HELD, verdictOf } from './checker.js';

/** What was sent so shortly before the end need not arrive, in milliseconds. */
const ON_THE_WAY_MS = 1_000;

export const relayed: Checker = {
  name: 'relayed',
  doc: 'Session descriptions and candidates reach the other side as they were sent: unchanged, none missing, none twice on one connection, in their order (only where the target passes them on as they are).',
  check(trace) {
    const flaws = relayFlaws(trace);
    return flaws.length === 0 ? HELD : verdictOf(flaws.map(({ finding }) => finding));
  },
};

/** What became of something that one side handed to the other. */
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

/** The wires of one call, and what is needed to judge them. */
interface Ground {
  readonly replay: Replay;
  readonly call: string;
  readonly wires: readonly Wire[];
  readonly sent: readonly Item[];
  readonly read: readonly Item[];
  readonly end: TraceEvent | null;
  /** Everything that was sent in any call. */
  readonly everything: readonly Item[];
}

/** Every flaw of a trace, call by call; none where the target writes descriptions of its own. */
export function relayFlaws(trace: readonly TraceEvent[]): RelayFlaw[] {
  if (beginOf(trace)?.adapter?.relaysAsIs !== true) return [];
  const replay = replayOf(trace);
  const teardown = markOf(trace, 'teardown');
  const wires = eventsOf(trace, 'wire').filter((wire) => wire.call !== null && (teardown === null || wire.n < teardown.n));
  // What a fault of the probe's own did to the messages of a call is not the target's doing.
  const struck = new Set(eventsOf(trace, 'fault').flatMap((fault) => (fault.struck === null ? [] : [fault.struck.call])));
  const end = teardown ?? trace.at(-1) ?? null;
  const everything = itemsOf(wires).filter(({ wire }) => wire.dir === 'out');
  return [...groupBy(wires, ({ call }) => call ?? '')].flatMap(([call, own]) => {
    if (struck.has(call)) return [];
    const items = itemsOf(own);
    const sent = items.filter(({ wire }) => wire.dir === 'out');
    const read = items.filter(({ wire }) => wire.dir === 'in');
    const ground: Ground = { replay, call, wires: own, sent, read, end, everything };
    const devices = [...new Set(read.map(({ wire }) => wire.node))];
    return [...devices.flatMap((device) => arrivals(ground, device)), ...losses(ground)];
  });
}

function itemsOf(wires: readonly Wire[]): Item[] {
  return wires.flatMap((wire) => (wire.carries ?? []).map((carried): Item => ({ ...carried, wire })));
}

/**
 * A candidate of another call, such as the one before or one that was refused: where messages name no call, a device takes
 * what comes late for part of the call that it is in. It arrived as it was sent.
 */
function isStray({ everything, call }: Ground, { what, digest, wire }: Item): boolean {
  const isIt = (one: Item): boolean => one.digest === digest && one.wire.call !== call;
  return what === 'candidate' && everything.some((one) => isIt(one) && userOf(one.wire.node) !== userOf(wire.node));
}

/** What arrived at one device: changed, too often, out of order, or its own. */
function arrivals(ground: Ground, device: string): RelayFlaw[] {
  const { call, sent } = ground;
  const isOwn = ({ wire }: Item): boolean => userOf(wire.node) === userOf(device);
  const theirs = sent.filter((item) => !isOwn(item));
  const label = labelOf(ground.replay, device);
  const read = ground.read.filter(({ wire }) => wire.node === device);
  const flaws: RelayFlaw[] = [];
  const tell = (
    kind: RelayFlaw['kind'],
    what: Item['what'],
    message: string,
    words: readonly [string, string],
    evidence: readonly number[],
  ): void => {
    flaws.push({ kind, call, device, what, finding: finding(message, words, evidence) });
  };
  // Who connects anew may be told again of what there is.
  const furthestOn = new Map<number, number>();
  for (const [index, item] of read.entries()) {
    const { what, wire } = item;
    const at = theirs.findIndex((one) => one.what === what && one.digest === item.digest);
    const original = theirs[at];
    if (original === undefined && isStray(ground, item)) continue;
    if (original === undefined) {
      const own = sent.find((one) => isOwn(one) && one.digest === item.digest);
      const nearest = theirs.findLast((one) => one.what === what);
      if (own !== undefined) {
        const message = `the ${what} of call ${call} came back to ${label}, whose own it is`;
        tell('echoed', what, message, ['to reach the other side', 'came back'], [own.wire.n, wire.n]);
      } else if (nearest === undefined) {
        const message = `${label} got ${what === 'candidate' ? 'a candidate' : `an ${what}`} in call ${call} that nobody sent`;
        tell('altered', what, message, ['nothing', item.digest], [wire.n]);
      } else {
        const message = `the ${what} of call ${call} was changed on its way to ${label}: sent with digest ${nearest.digest}, received with ${item.digest}`;
        tell('altered', what, message, [nearest.digest, item.digest], [nearest.wire.n, wire.n]);
      }
      continue;
    }
    const furthest = furthestOn.get(wire.conn) ?? -1;
    const isCopy = (one: Item): boolean => one.digest === item.digest && one.wire.conn === wire.conn;
    const copies = read.slice(0, index + 1).filter(isCopy).length;
    const originals = theirs.filter(({ digest }) => digest === item.digest).length;
    if (copies > originals) {
      const message = `${label} got the ${what} of call ${call} ${copies} times, and it was sent ${timesWord(originals)}`;
      tell('duplicated', what, message, [timesWord(originals), `${copies} times`], [original.wire.n, wire.n]);
    } else if (at < furthest) {
      const message = `${label} got the ${what} of call ${call} after what was sent behind it`;
      tell(
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
function losses({ replay, call, wires, sent, read, end }: Ground): RelayFlaw[] {
  const wasAnswered = wires.some(({ kind }) => kind === 'command.accept' || kind === 'event.connected');
  const over = wires.find(({ kind }) => kind === 'event.ended' || ENDS.includes(kind)) ?? end;
  return sent.flatMap((item): RelayFlaw[] => {
    const { what, wire, digest } = item;
    // Before somebody has answered a server may keep candidates: it need not know yet whom they are for.
    if (what === 'candidate' && !wasAnswered) return [];
    const isTheirs = ({ node }: { readonly node: string }): boolean => userOf(node) !== userOf(wire.node);
    // One that came back to its own side is told of there; a description that arrived changed is no lost one.
    if (read.some((one) => one.digest === digest)) return [];
    if (read.some((one) => isTheirs(one.wire) && one.what === what && (one.digest === digest || what !== 'candidate'))) return [];
    const others = [...new Set(wires.filter((one) => isTheirs(one) && one.dir === 'in').map(({ node }) => node))];
    const able = others.filter((node) => onlineThroughout(replay, node, wire.n, over?.n ?? wire.n));
    const [device] = able;
    if (device === undefined || over === null || over.at - wire.at < ON_THE_WAY_MS) return [];
    const whom = able.map((node) => labelOf(replay, node)).join(' or ');
    const message = `the ${what} of call ${call} that ${labelOf(replay, wire.node)} sent at ${seconds(wire.at)} never reached ${whom}`;
    return [{ kind: 'lost', call, device, what, finding: finding(message, ['to arrive', 'lost'], [wire.n, over.n]) }];
  });
}

const ENDS: readonly string[] = ['command.reject', 'command.cancel', 'command.hangup'];

function timesWord(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function finding(message: string, [expected, actual]: readonly [string, string], evidence: readonly number[]): Finding {
  return { message, expected, actual, evidence: [...new Set(evidence)].sort((a, b) => a - b) };
}
