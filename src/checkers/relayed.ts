/** What one side hands to the other reaches it as it was: whole, once, in order. Seen without the server's help, at both ends. */
import { beginOf, type CarriedDigest, type EventOf, eventsOf, type TraceEvent } from '../trace/event.js';
import { groupBy } from '../trace/grouping.js';
import { markOf, onlineThroughout, type Replay, replayOf, userOf } from '../trace/replay.js';
import { type Checker, type Finding, HELD, verdictOf } from './checker.js';
import { labelOf, seconds } from './wording.js';

/** What was sent so shortly before the end need not arrive, in milliseconds. */
const ON_THE_WAY_MS = 1_000;

export const relayed: Checker = {
  name: 'relayed',
  doc: 'Session descriptions and candidates reach the other side as they were sent: unchanged, none missing, none twice, in their order (only where the target passes them on as they are).',
  check(trace) {
    if (beginOf(trace)?.adapter?.relaysAsIs !== true) return HELD;
    const replay = replayOf(trace);
    const end = markOf(trace, 'teardown');
    const wires = eventsOf(trace, 'wire').filter((wire) => wire.call !== null && (end === null || wire.n < end.n));
    // What a fault of the probe's own did to the messages of a call is not the target's doing.
    const struck = new Set(eventsOf(trace, 'fault').flatMap((fault) => (fault.struck === null ? [] : [fault.struck.call])));
    const findings = [...groupBy(wires, ({ call }) => call ?? '')].flatMap(([call, own]) =>
      struck.has(call) ? [] : callFindings(replay, call, own, end ?? trace.at(-1) ?? null),
    );
    return verdictOf(findings);
  },
};

type Wire = EventOf<'wire'>;

/** One description or candidate at one end. */
interface Item extends CarriedDigest {
  readonly wire: Wire;
}

function callFindings(replay: Replay, call: string, wires: readonly Wire[], end: TraceEvent | null): Finding[] {
  const items = wires.flatMap((wire) => (wire.carries ?? []).map((carried): Item => ({ ...carried, wire })));
  const sent = items.filter(({ wire }) => wire.dir === 'out');
  const read = items.filter(({ wire }) => wire.dir === 'in');
  return [
    ...[...groupBy(read, ({ wire }) => wire.node)].flatMap(([device, own]) => arrivals(replay, call, device, sent, own)),
    ...losses(replay, call, wires, sent, read, end),
  ];
}

/** What arrived at one device: changed, too often, or out of order. */
function arrivals(replay: Replay, call: string, device: string, sent: readonly Item[], read: readonly Item[]): Finding[] {
  const theirs = sent.filter(({ wire }) => userOf(wire.node) !== userOf(device));
  const label = labelOf(replay, device);
  const findings: Finding[] = [];
  let furthest = -1;
  for (const [index, item] of read.entries()) {
    const at = theirs.findIndex(({ what, digest }) => what === item.what && digest === item.digest);
    const original = theirs[at];
    if (original === undefined) {
      findings.push(altered(call, label, item, theirs));
      continue;
    }
    const copies = read.slice(0, index + 1).filter(({ digest }) => digest === item.digest).length;
    const originals = theirs.filter(({ digest }) => digest === item.digest).length;
    if (copies > originals) {
      const message = `${label} got the ${item.what} of call ${call} ${copies} times, and it was sent ${timesWord(originals)}`;
      findings.push(finding(message, timesWord(originals), `${copies} times`, [original.wire.n, item.wire.n]));
    } else if (at < furthest) {
      const before = theirs[furthest];
      const message = `${label} got the ${item.what} of call ${call} after what was sent behind it`;
      findings.push(
        finding(message, 'in the order in which it was sent', 'overtaken', [original.wire.n, before?.wire.n ?? 0, item.wire.n]),
      );
    }
    furthest = Math.max(furthest, at);
  }
  return findings;
}

function altered(call: string, label: string, item: Item, theirs: readonly Item[]): Finding {
  const candidates = theirs.filter(({ what }) => what === item.what);
  const nearest = candidates.at(-1);
  const message =
    nearest === undefined
      ? `${label} got ${item.what === 'candidate' ? 'a candidate' : `an ${item.what}`} in call ${call} that nobody sent`
      : `the ${item.what} of call ${call} was changed on its way to ${label}: sent with digest ${nearest.digest}, received with ${item.digest}`;
  return finding(message, nearest?.digest ?? 'nothing', item.digest, [
    ...(nearest === undefined ? [] : [nearest.wire.n]),
    item.wire.n,
  ]);
}

/** What nobody of the other side got, although somebody there was in the call and could have. */
function losses(
  replay: Replay,
  call: string,
  wires: readonly Wire[],
  sent: readonly Item[],
  read: readonly Item[],
  end: TraceEvent | null,
): Finding[] {
  const over = wires.find(({ kind }) => kind === 'event.ended' || ENDS.includes(kind)) ?? end;
  return sent.flatMap((item): Finding[] => {
    const user = userOf(item.wire.node);
    const isTheirs = ({ node }: { readonly node: string }): boolean => userOf(node) !== user;
    if (
      read.some(
        (one) => isTheirs(one.wire) && one.what === item.what && (one.digest === item.digest || item.what !== 'candidate'),
      )
    )
      return [];
    const others = [...new Set(wires.filter((wire) => isTheirs(wire) && wire.dir === 'in').map(({ node }) => node))];
    const able = others.filter((node) => onlineThroughout(replay, node, item.wire.n, over?.n ?? item.wire.n));
    if (able.length === 0 || over === null || over.at - item.wire.at < ON_THE_WAY_MS) return [];
    const message = `the ${item.what} of call ${call} that ${labelOf(replay, item.wire.node)} sent at ${seconds(item.wire.at)} never reached ${able.map((node) => labelOf(replay, node)).join(' or ')}`;
    return [finding(message, 'to arrive', 'lost', [item.wire.n, over.n])];
  });
}

const ENDS: readonly string[] = ['command.reject', 'command.cancel', 'command.hangup'];

function timesWord(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function finding(message: string, expected: string, actual: string, evidence: readonly number[]): Finding {
  return { message, expected, actual, evidence: [...new Set(evidence)].sort((a, b) => a - b) };
}
