/** The calls of one repetition as OpenTelemetry traces: a root for the call, a span for each side, one for each message at each end. */

import { type CallHistory, historyOf, userOf } from '../../judge/history/history.js';
import { beginOf, roleOf, type TraceEvent } from '../../trace/event.js';
import { groupBy } from '../../trace/grouping.js';
import type { ChosenTrace } from '../chosen-traces.js';
import { groupChecks } from '../failed-checks.js';
import { type Deliveries, deliveriesOf } from '../ladder/deliveries.js';
import { attributesOf, SPAN_KIND, type Span, STATUS_ERROR, spanIdOf, traceIdOf, unixNano } from './span.js';

/** What went wrong with a call, by what is known of its repetition. */
interface Failure {
  /** The code of the diagnosis, else who disagrees (`alice=ringing bob=connected`), else the check that did not hold. */
  readonly type: string;
  readonly message: string;
  /** The node at which it lies, or null. */
  readonly hop: string | null;
}

/** All spans of all calls of a repetition. `seed` is the run's. */
export function spansOf(one: ChosenTrace, seed: string): Span[] {
  const { calls } = historyOf(one.trace);
  const failures = failuresOf(one, calls);
  const deliveries = deliveriesOf(one.trace);
  const handled = lastEffects(one.trace);
  return calls.flatMap((history) => new CallSpans(one, history, seed, failures, deliveries, handled).spans());
}

class CallSpans {
  readonly #taken = new Set<string>();
  readonly #key: string;
  readonly #traceId: string;
  readonly #events: readonly TraceEvent[];

  constructor(
    readonly one: ChosenTrace,
    readonly history: CallHistory,
    seed: string,
    readonly failures: ReadonlyMap<string, Failure>,
    readonly deliveries: Deliveries,
    readonly handled: ReadonlyMap<number, TraceEvent>,
  ) {
    this.#key = [seed, one.scenario.file ?? one.scenario.name, one.repetition.repetition, history.call].join('\n');
    this.#traceId = traceIdOf(this.#key);
    this.#events = one.trace.filter((event) => 'call' in event && event.call === history.call);
  }

  spans(): Span[] {
    const [first] = this.#events;
    const last = this.#events.at(-1);
    if (first === undefined || last === undefined) return [];
    const { scenario, repetition } = this.one;
    const failure = this.failures.get(this.history.call) ?? null;
    const end = this.history.server.find(({ phase }) => phase === 'ended')?.record;
    const root = this.#span('call', null, 'call', SPAN_KIND.internal, first, last, {
      attributes: {
        'call_probe.call.id': this.history.call,
        'call_probe.call.caller': this.history.caller,
        'call_probe.call.callee': this.history.callee,
        'call_probe.call.end_reason': end?.reason,
        'call_probe.scenario': scenario.name,
        'call_probe.scenario.file': scenario.file,
        'call_probe.repetition': repetition.repetition,
        'call_probe.repetition.status': repetition.status,
        'call_probe.seed': repetition.seed,
      },
      failure,
    });
    const sides = [...groupBy(this.#events, ({ node }) => node)]
      .filter(([node]) => node !== 'probe')
      .map(([node, events]) => this.#side(node, events, root, failure));
    return [root, ...sides, ...this.#messages(sides, root)];
  }

  /** What a device or the server had of this call; what it showed or held are points in it. */
  #side(node: string, events: readonly TraceEvent[], root: Span, failure: Failure | null): Span {
    const first = events[0] as TraceEvent;
    const isHop = failure?.hop === node || failure?.hop?.startsWith(`${node}.`) === true;
    return this.#span(`side ${node}`, root, node, SPAN_KIND.internal, first, events.at(-1) ?? first, {
      attributes: {
        'call_probe.node': node,
        'enduser.id': roleOf(beginOf(this.one.trace), node) === 'device' ? userOf(node) : null,
      },
      events: events.flatMap(pointOf),
      failure: isHop ? failure : null,
    });
  }

  #messages(sides: readonly Span[], root: Span): Span[] {
    const byName = new Map(sides.map((side) => [side.name, side]));
    const written = new Map<number, Span>();
    const spans: Span[] = [];
    for (const event of this.#events) {
      if (event.type !== 'wire') continue;
      const parent = byName.get(event.node) ?? root;
      const { n, dir, kind, link, conn, seq, bytes, digest } = event;
      const attributes = {
        'messaging.system': 'websocket',
        'messaging.operation.type': dir === 'out' ? 'send' : 'receive',
        'messaging.destination.name': link,
        'messaging.message.id': digest,
        'messaging.message.body.size': bytes,
        'call_probe.message.kind': kind,
        'call_probe.message.seq': seq,
        'call_probe.message.lost': this.deliveries.lost.has(n) ? true : null,
        'call_probe.connection': conn,
        'call_probe.event': n,
      };
      if (dir === 'out') {
        const span = this.#span(`message ${n}`, parent, `send ${kind}`, SPAN_KIND.producer, event, event, { attributes });
        written.set(n, span);
        spans.push(span);
        continue;
      }
      const producer = written.get(this.deliveries.writes.get(n) ?? 0);
      const links = producer === undefined ? [] : [{ traceId: producer.traceId, spanId: producer.spanId, attributes: [] }];
      const end = this.handled.get(n) ?? event;
      spans.push(this.#span(`message ${n}`, parent, `receive ${kind}`, SPAN_KIND.consumer, event, end, { attributes, links }));
    }
    return spans;
  }

  #span(
    key: string,
    parent: Span | null,
    name: string,
    kind: Span['kind'],
    first: TraceEvent,
    last: TraceEvent,
    more: {
      readonly attributes: Parameters<typeof attributesOf>[0];
      readonly events?: NonNullable<Span['events']>;
      readonly links?: NonNullable<Span['links']>;
      readonly failure?: Failure | null;
    },
  ): Span {
    const { attributes, events = [], links = [], failure = null } = more;
    return {
      traceId: this.#traceId,
      spanId: spanIdOf(`${this.#key}\n${key}`, this.#taken),
      ...(parent === null ? {} : { parentSpanId: parent.spanId }),
      name,
      kind,
      startTimeUnixNano: unixNano(first.wall),
      endTimeUnixNano: unixNano(Math.max(first.wall, last.wall)),
      attributes: attributesOf({ ...attributes, 'error.type': failure?.type }),
      ...(events.length === 0 ? {} : { events }),
      ...(links.length === 0 ? {} : { links }),
      status: failure === null ? {} : { code: STATUS_ERROR, message: failure.message },
    };
  }
}

/** What a side shows, holds or does, as a point in its span. */
function pointOf(event: TraceEvent): NonNullable<Span['events']> {
  const point = (name: string, more: Parameters<typeof attributesOf>[0] = {}): NonNullable<Span['events']> => [
    { timeUnixNano: unixNano(event.wall), name, attributes: attributesOf({ 'call_probe.event': event.n, ...more }) },
  ];
  switch (event.type) {
    case 'action':
      return point(`user ${event.action}`, { 'call_probe.peer': event.peer });
    case 'state':
      return point(`shows ${event.state}`, { 'call_probe.reason': event.reason, 'call_probe.version': event.version });
    case 'record':
      return point(`holds ${event.phase}`, { 'call_probe.reason': event.record.reason, 'call_probe.version': event.version });
    case 'media':
      return event.stats === null ? point(`media ${event.state}`, { 'call_probe.stage': event.stage }) : [];
    case 'violation':
      return point('violation', { 'call_probe.code': event.code, 'call_probe.message': event.message });
    case 'not-applied':
      return point('not applied', { 'call_probe.side': event.side, 'call_probe.version': event.version });
    case 'refused':
      return point(`refused ${event.command}`, { 'call_probe.device': event.device, 'call_probe.reason': event.why });
    case 'unsent':
      return point(`not sent: ${event.kind}`, { 'call_probe.reason': event.why });
    case 'http':
      return point(`${event.method} ${event.path}`, { 'http.response.status_code': event.status });
    default:
      return [];
  }
}

/** For the reading of each frame the last thing that its node did because of it. */
function lastEffects(trace: readonly TraceEvent[]): ReadonlyMap<number, TraceEvent> {
  const origin = new Map<number, number>();
  const last = new Map<number, TraceEvent>();
  const nodes = new Map<number, string>();
  for (const event of trace) {
    nodes.set(event.n, event.node);
    if (event.type === 'wire' && event.dir === 'in') {
      origin.set(event.n, event.n);
      continue;
    }
    const from = event.cause === null ? undefined : origin.get(event.cause);
    if (from === undefined || nodes.get(from) !== event.node) continue;
    origin.set(event.n, from);
    last.set(from, event);
  }
  return last;
}

/** Calls of a failed repetition that the diagnoses and findings name; when they name none, the first call. */
function failuresOf({ scenario, repetition }: ChosenTrace, calls: readonly CallHistory[]): Map<string, Failure> {
  const failures = new Map<string, Failure>();
  if (repetition.status !== 'failed') return failures;
  const known = new Set(calls.map(({ call }) => call));
  for (const { code, summary, hop, call } of scenario.diagnoses) {
    if (call !== null && known.has(call) && !failures.has(call)) failures.set(call, { type: code, message: summary, hop });
  }
  const isShown = scenario.trace === repetition.trace;
  const unnamed = isShown ? scenario.diagnoses.find(({ call }) => call === null) : undefined;
  const findings = groupChecks({
    ...scenario,
    checks: scenario.checks.filter((check) => check.repetition === repetition.repetition && check.valid === false),
  });
  for (const { first, split } of findings) {
    const type = split?.pair ?? first.name;
    for (const { call } of calls) {
      if (!failures.has(call) && first.message.includes(call)) failures.set(call, { type, message: first.message, hop: null });
    }
  }
  const [only] = calls;
  const [worst] = findings;
  if (failures.size > 0 || only === undefined) return failures;
  if (unnamed !== undefined) failures.set(only.call, { type: unnamed.code, message: unnamed.summary, hop: unnamed.hop });
  else if (worst !== undefined) {
    failures.set(only.call, { type: worst.split?.pair ?? worst.first.name, message: worst.first.message, hop: null });
  }
  return failures;
}
