/** Finds what a drawing has to know of the whole trace before it shows a part of it. */
import { type Agreement, agreementAt, partakers } from '../../judge/history/agreement.js';
import { type CallHistory, markOf, type Replay, replayOf, SERVER, userOf } from '../../judge/history/replay.js';
import { labelOf } from '../../judge/history/wording.js';
import { isEvent } from '../../protocol/message-kinds.js';
import { type EventOf, eventsOf, type TraceEvent } from '../../trace/event.js';
import { listIn } from '../../trace/grouping.js';
import { isHousekeeping } from '../ladder/labels.js';
import { lostMessages } from '../lost-messages.js';
import type { ApartSpell, Divergence, Lane, TraceFacts } from './trace-facts.js';

/** Shorter than a person notices, and no longer than news takes to travel: no disagreement worth a colour. */
const APART_MS_MIN = 100;
/** Instants at which agreement is asked for; a longer trace is no single call, and is drawn without this colour. */
const INSTANTS_MAX = 4_000;

/** Everything at once, from the whole trace, in the order of its numbers. */
export function factsOf(trace: readonly TraceEvent[]): TraceFacts {
  const replay = replayOf(trace);
  const over = markOf(trace, 'teardown') ?? markOf(trace, 'redial');
  const pairs = pairsOf(trace);
  const lost = [...lostMessages(trace)].filter((n) => !pairs.altered.has(n));
  const end = over ?? trace.at(-1) ?? null;
  const apart = end === null ? [] : replay.calls.flatMap((history) => spellsOf(replay, history, end));
  const facts = {
    serverVisible: replay.serverVisible,
    lanes: lanesOf(replay),
    arrivals: [...pairs.arrivals],
    lost,
    altered: [...pairs.altered.keys()],
    apart: apart.map(({ spell }) => spell).sort((a, b) => a.fromN - b.fromN),
    overN: over?.n ?? null,
  };
  return { ...facts, divergence: divergenceOf(trace, facts, apart) };
}

function lanesOf(replay: Replay): Lane[] {
  const { devices } = replay;
  const caller = replay.calls[0]?.caller ?? devices[0] ?? null;
  const isCaller = (device: string): boolean => caller !== null && userOf(device) === userOf(caller);
  const lane = (device: string): Lane => ({
    node: device,
    label: devices.filter((other) => userOf(other) === userOf(device)).length === 1 ? userOf(device) : device,
    side: isCaller(device) ? 'caller' : 'callee',
  });
  return [
    ...devices.filter(isCaller).map(lane),
    { node: SERVER, label: SERVER, side: 'server' },
    ...devices.filter((device) => !isCaller(device)).map(lane),
  ];
}

/** Which reading belongs to which writing: by digest, from the last copy backwards, else by its cause. */
function pairsOf(trace: readonly TraceEvent[]): { arrivals: ReadonlyMap<number, number>; altered: ReadonlyMap<number, number> } {
  const arrivals = new Map<number, number>();
  const altered = new Map<number, number>();
  const open = new Map<string, number[]>();
  const written = new Set<number>();
  const strangers: EventOf<'wire'>[] = [];
  for (const event of eventsOf(trace, 'wire')) {
    const sender = (event.dir === 'out') === (event.node === SERVER) ? 'down' : 'up';
    const waiting = listIn(open, `${event.link} ${sender} ${event.digest}`);
    if (event.dir === 'out') {
      waiting.push(event.n);
      written.add(event.n);
      continue;
    }
    const out = waiting.pop();
    if (out === undefined) strangers.push(event);
    else arrivals.set(out, event.n);
  }
  for (const { n, cause } of strangers) {
    if (cause === null || !written.has(cause) || arrivals.has(cause)) continue;
    arrivals.set(cause, n);
    altered.set(cause, n);
  }
  return { arrivals, altered };
}

interface FoundSpell {
  readonly spell: ApartSpell;
  /** Devices that show what the record does not say. */
  readonly wrong: readonly string[];
  readonly recordN: number | null;
}

function spellsOf(replay: Replay, history: CallHistory, end: TraceEvent): FoundSpell[] {
  const devices = partakers(replay, history);
  const told: TraceEvent[] = [...[...history.shown.values()].flat(), ...history.server];
  told.push(...replay.turns.filter((op) => devices.includes(op.node)));
  const instants = told.filter(({ n }) => n <= end.n).sort((a, b) => a.n - b.n);
  if (instants.length > INSTANTS_MAX) return [];
  const found: FoundSpell[] = [];
  let since: TraceEvent | null = null;
  let last: Agreement | null = null;
  const close = (toAt: number, lasting: boolean): void => {
    if (since === null || last === null) return;
    if (lasting || toAt - since.at >= APART_MS_MIN) {
      const spell = { call: history.call, fromN: since.n, fromAt: since.at, toAt, lasting, words: wordsOf(replay, last) };
      const wrong = last.standings.filter(({ wanted }) => wanted !== null).map(({ device }) => device);
      found.push({ spell, wrong, recordN: last.record?.n ?? null });
    }
    since = null;
  };
  for (const instant of instants) {
    const agreement = agreementAt(replay, history, instant.n);
    if (isApart(replay, agreement)) {
      since ??= instant;
      last = agreement;
    } else close(instant.at, false);
  }
  close(end.at, true);
  return found;
}

/** A replica that lags behind by a version and shows the right thing is nobody's trouble yet. */
function isApart(replay: Replay, { agrees, standings }: Agreement): boolean {
  return replay.serverVisible ? standings.some(({ main, wanted }) => main && wanted !== null) : !agrees;
}

function wordsOf(replay: Replay, { standings }: Agreement): string {
  return standings
    .filter(({ main, wanted }) => main || wanted !== null)
    .map(({ device, shows }) => `${labelOf(replay, device)}=${shows}`)
    .join(' ');
}

/**
 * The first message that explains a disagreement: one that was lost, else one that was read and changed nothing, else
 * the last one before nothing more was sent. Without a lasting disagreement the first that was lost at all.
 */
function divergenceOf(
  trace: readonly TraceEvent[],
  facts: Pick<TraceFacts, 'lost' | 'arrivals' | 'overN'>,
  apart: readonly FoundSpell[],
): Divergence | null {
  const wires = eventsOf(trace, 'wire').filter(({ n, kind }) => !isHousekeeping(kind) && n < (facts.overN ?? Infinity));
  const lost = new Set(facts.lost);
  const worst = worstOf(apart);
  if (worst === undefined) {
    const first = wires.find(({ n, call }) => lost.has(n) && call !== null);
    return first === undefined ? null : { n: first.n, kind: 'lost', why: 'never arrived' };
  }
  const { spell, wrong, recordN } = worst;
  const kind = spell.lasting ? 'lasting' : 'passing';
  const during = wires.filter(({ call, at }) => call === spell.call && at >= spell.fromAt - APART_MS_MIN && at <= spell.toAt);
  const gone = during.find(({ n }) => lost.has(n));
  if (gone !== undefined) return { n: gone.n, kind, why: 'never arrived' };
  const effects = new Set(
    trace.filter(({ type }) => type === 'record' || type === 'state').map(({ cause, node }) => `${cause} ${node}`),
  );
  const idle = during.find(
    ({ n, dir, node, kind }) =>
      n > spell.fromN && dir === 'in' && wrong.includes(node) && isEvent(kind) && !effects.has(`${n} ${node}`),
  );
  if (idle !== undefined) return { n: idle.n, kind, why: `${idle.node} read it and shows nothing of it` };
  const outOf = new Map(facts.arrivals.map(([out, into]) => [into, out]));
  const changed = trace.find(({ n }) => n === (recordN ?? spell.fromN));
  const led =
    wires.find(({ n }) => n === changed?.cause) ?? wires.findLast(({ n, call }) => n <= spell.fromN && call === spell.call);
  if (led === undefined) return null;
  const whom = wrong.length === 0 ? 'the other side' : wrong.join(' and ');
  return { n: outOf.get(led.n) ?? led.n, kind, why: `nothing of what follows from it reached ${whom}` };
}

/** One that stayed before any that passed, and of those the longest. */
function worstOf(apart: readonly FoundSpell[]): FoundSpell | undefined {
  const length = ({ spell }: FoundSpell): number => (spell.lasting ? Infinity : spell.toAt - spell.fromAt);
  return apart.toSorted((a, b) => length(b) - length(a))[0];
}
