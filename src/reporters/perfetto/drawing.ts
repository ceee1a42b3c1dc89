/** One trace as trace events: a process for each agent, a thread for each of its lanes, states as async slices, messages as arrows. */

import { userOf } from '../../judge/history/history.js';
import { beginOf, type EventOf, eventsOf, roleOf, type TraceEvent } from '../../trace/event.js';
import { groupBy, listIn } from '../../trace/grouping.js';
import type { ChosenTrace } from '../chosen-traces.js';
import { deliveriesOf } from '../ladder/deliveries.js';
import { remarkOf, stateText } from '../ladder/labels.js';
import { type Micros, placed, type Slice, type TraceEventJson } from './trace-event.js';

/** Gives out numbers of processes, and ids of async slices and flows, that are not used twice in a document. */
export interface Numbers {
  process(): number;
  id(): string;
}

export function createNumbers(): Numbers {
  let processes = 0;
  let ids = 0;
  return { process: () => ++processes, id: () => `0x${(++ids).toString(16)}` };
}

/** The events of one repetition. `originWall` is the wall clock in milliseconds at which the document begins. */
export function drawTrace(one: ChosenTrace, originWall: number, numbers: Numbers): TraceEventJson[] {
  return new Drawing(one, originWall, numbers).events();
}

/** Where the slice of a frame lies. */
interface Place {
  readonly pid: number;
  readonly tid: number;
  readonly ts: Micros;
  readonly dur: Micros;
}

/** What is a point in time: the lane that it lies in, and whether it concerns its thread or its process. */
const POINTS: Readonly<Partial<Record<TraceEvent['type'], readonly [lane: string, scope: 't' | 'p']>>> = {
  action: ['user', 't'],
  fault: ['faults', 'p'],
  lag: ['lag', 'p'],
  conn: ['connection', 't'],
  session: ['connection', 't'],
  http: ['connection', 't'],
  health: ['connection', 'p'],
  refused: ['refusals', 't'],
  unsent: ['refusals', 't'],
};

class Drawing {
  readonly #events: TraceEventJson[] = [];
  readonly #processes = new Map<string, number>();
  readonly #threads = new Map<string, number>();
  readonly #trace: readonly TraceEvent[];
  readonly #end: Micros;
  readonly #places = new Map<number, Place>();

  constructor(
    readonly one: ChosenTrace,
    readonly originWall: number,
    readonly numbers: Numbers,
  ) {
    this.#trace = one.trace;
    this.#end = one.trace.reduce((end, event) => Math.max(end, this.#ts(event)), 0);
  }

  events(): TraceEventJson[] {
    this.#processOf('probe');
    for (const device of beginOf(this.#trace)?.devices ?? []) this.#processOf(userOf(device));
    const isServer = ({ node }: TraceEvent): boolean => this.#isServer(node);
    for (const node of new Set(this.#trace.filter(isServer).map(({ node }) => node))) this.#processOf(node);
    this.#marks();
    this.#states();
    this.#calls();
    this.#messages();
    this.#instants();
    return this.#events;
  }

  #ts(event: TraceEvent): Micros {
    const [first = event] = this.#trace;
    return Math.max(0, Math.round((first.wall - first.at - this.originWall + event.at) * 1_000));
  }

  #isServer(node: string): boolean {
    return roleOf(beginOf(this.#trace), node) === 'server';
  }

  #processOf(agent: string): number {
    const known = this.#processes.get(agent);
    if (known !== undefined) return known;
    const pid = this.numbers.process();
    this.#processes.set(agent, pid);
    const { scenario, repetition } = this.one;
    const name = `${agent} · ${scenario.name} #${repetition.repetition} (${repetition.status})`;
    this.#events.push({ ph: 'M', name: 'process_name', pid, tid: 0, args: { name } });
    this.#events.push({ ph: 'M', name: 'process_sort_index', pid, tid: 0, args: { sort_index: pid } });
    return pid;
  }

  /** Of devices a lane carries the device's name, since an agent may have several. */
  #laneName(node: string, lane: string): string {
    const agent = userOf(node);
    return agent === node ? lane : `${node.slice(agent.length + 1)}: ${lane}`;
  }

  #thread(node: string, lane: string): { readonly pid: number; readonly tid: number } {
    const pid = this.#processOf(userOf(node));
    const name = this.#laneName(node, lane);
    const key = `${pid} ${name}`;
    const known = this.#threads.get(key);
    if (known !== undefined) return { pid, tid: known };
    const tid = this.#threads.size + 1;
    this.#threads.set(key, tid);
    this.#events.push({ ph: 'M', name: 'thread_name', pid, tid, args: { name } });
    this.#events.push({ ph: 'M', name: 'thread_sort_index', pid, tid, args: { sort_index: tid } });
    return { pid, tid };
  }

  /** Steps and expectations, from one to the next. */
  #marks(): void {
    const marks = eventsOf(this.#trace, 'mark');
    this.#lane(
      'probe',
      'steps',
      marks.map((mark) => ({
        name: `${mark.ok === false ? '× ' : ''}${mark.name === 'step' || mark.name === 'expect' ? mark.text : mark.name}`,
        cat: 'mark',
        ts: this.#ts(mark),
        args: { n: mark.n, path: mark.path, text: mark.text, ok: mark.ok, actual: mark.actual },
      })),
    );
  }

  #lane(node: string, lane: string, slices: readonly Slice[]): Place[] {
    if (slices.length === 0) return [];
    const thread = this.#thread(node, lane);
    return placed(slices).map(({ ts, dur }, index) => {
      const { name = '', cat = '', args = {} } = slices[index] ?? {};
      this.#events.push({ ph: 'X', name, cat, ts, dur, args, ...thread });
      return { ...thread, ts, dur };
    });
  }

  /** What devices show, and their media: each state until the next one. */
  #states(): void {
    for (const [node, views] of groupBy(eventsOf(this.#trace, 'state'), (event) => event.node)) {
      this.#spans(node, 'shows', 'device', views, stateText);
    }
    const changes = new Map<string, EventOf<'media'>[]>();
    for (const event of eventsOf(this.#trace, 'media')) {
      const list = listIn(changes, event.node);
      if (list.at(-1)?.state !== event.state || list.at(-1)?.call !== event.call) list.push(event);
    }
    for (const [node, own] of changes) {
      this.#spans(node, 'media', 'media', own, ({ state, stage }) => (stage === null ? state : `${state} (${stage})`));
    }
  }

  #spans<E extends EventOf<'state'> | EventOf<'media'>>(
    node: string,
    lane: string,
    cat: string,
    changes: readonly E[],
    nameOf: (event: E) => string,
  ): void {
    const spans = changes.flatMap((change, index) => {
      if (change.state === 'idle') return [];
      const next = changes[index + 1];
      const ts = this.#ts(change);
      return [{ change, ts, end: Math.max(ts, next === undefined ? this.#end : this.#ts(next)) }];
    });
    const [first] = spans;
    if (first === undefined) return;
    const thread = this.#thread(node, lane);
    const id = this.numbers.id();
    const whole = { name: this.#laneName(node, lane), cat, id, ...thread };
    // A viewer gives each id a row of its own, under the name of what begins first in it.
    this.#events.push({ ph: 'b', ...whole, ts: first.ts });
    for (const { change, ts, end } of spans) {
      const name = nameOf(change);
      this.#events.push({ ph: 'b', name, cat, id, ts, ...thread, args: { n: change.n, call: change.call } });
      this.#events.push({ ph: 'e', name, cat, id, ts: end, ...thread });
    }
    this.#events.push({ ph: 'e', ...whole, ts: Math.max(...spans.map(({ end }) => end)) });
  }

  /** Each call as its server, or else its first device, had it: its phases lie in it, what else befell it are points. */
  #calls(): void {
    const named = this.#trace.filter((event) => 'call' in event && event.call !== null);
    const calls = groupBy(named, (event) => ('call' in event ? String(event.call) : ''));
    for (const [call, events] of calls) {
      const [first] = events;
      if (first === undefined) continue;
      const phases = events.filter((event): event is EventOf<'record'> => event.type === 'record');
      const holder = phases.find(({ node }) => this.#isServer(node))?.node ?? first.node;
      const own = phases.filter(({ node }) => node === holder);
      const over = own.find(({ phase }) => phase === 'ended');
      const end = over === undefined ? this.#end : this.#ts(over);
      const thread = this.#thread(holder, 'calls');
      const id = this.numbers.id();
      const begin = this.#ts(first);
      const stop = Math.max(begin, end);
      this.#events.push({ ph: 'b', name: `call ${call}`, cat: 'call', id, ts: begin, ...thread, args: { call } });
      for (const [index, phase] of own.entries()) {
        if (phase.phase === 'ended') continue;
        const next = own[index + 1];
        const name = phase.phase;
        const ts = Math.max(begin, this.#ts(phase));
        this.#events.push({ ph: 'b', name, cat: 'call', id, ts, ...thread, args: { n: phase.n, version: phase.version } });
        const until = next === undefined ? stop : this.#ts(next);
        this.#events.push({ ph: 'e', name, cat: 'call', id, ts: Math.max(ts, Math.min(until, stop)), ...thread });
      }
      for (const event of events) {
        if (event.type !== 'violation' && event.type !== 'not-applied') continue;
        const ts = Math.min(Math.max(begin, this.#ts(event)), stop);
        const name = event.type === 'violation' ? `violation ${event.code}` : `not applied by the ${event.side}`;
        this.#events.push({ ph: 'n', name, cat: 'call', id, ts, ...thread, args: { n: event.n, node: event.node } });
      }
      this.#events.push({ ph: 'e', name: `call ${call}`, cat: 'call', id, ts: stop, ...thread });
    }
  }

  /** A slice for each writing and reading of a frame, and an arrow for each that arrived. */
  #messages(): void {
    const { writes, lost } = deliveriesOf(this.#trace);
    for (const [node, frames] of groupBy(eventsOf(this.#trace, 'wire'), (event) => event.node)) {
      const slices = frames.map((frame): Slice => {
        const isLost = lost.has(frame.n);
        const { n, kind, call, seq, bytes, digest, dir, link, conn } = frame;
        const name = `${isLost ? '× ' : ''}${dir === 'out' ? '↗' : '↘'} ${kind}`;
        return { name, cat: 'wire', ts: this.#ts(frame), args: { n, link, conn, call, seq, bytes, digest, lost: isLost } };
      });
      for (const [index, place] of this.#lane(node, 'wire', slices).entries()) {
        const frame = frames[index];
        if (frame !== undefined) this.#places.set(frame.n, place);
      }
    }
    const byNumber = new Map(this.#trace.map((event) => [event.n, event]));
    const passedOn = new Set<number>();
    for (const path of pathsOf(writes, byNumber, (node) => this.#isServer(node), passedOn)) this.#arrow(path, byNumber);
    for (const [read, write] of writes) if (!passedOn.has(read)) this.#arrow([write, read], byNumber);
  }

  /** From slice to slice, never back in time: where clocks tie, slices were moved by microseconds; what no slice holds then has no arrow. */
  #arrow(path: readonly number[], byNumber: ReadonlyMap<number, TraceEvent>): void {
    const ends: (Place & { readonly at: Micros })[] = [];
    for (const n of path) {
      const place = this.#places.get(n);
      const at = Math.max(place?.ts ?? 0, ends.at(-1)?.at ?? 0);
      // At its end it would be taken for an end of the slice that begins there.
      if (place === undefined || at >= place.ts + place.dur) return;
      ends.push({ ...place, at });
    }
    const id = this.numbers.id();
    const first = byNumber.get(path[0] ?? 0);
    const name = first?.type === 'wire' ? first.kind : 'message';
    for (const [index, { pid, tid, at }] of ends.entries()) {
      const step = { name, cat: 'message', id, pid, tid, ts: at };
      if (index === 0) this.#events.push({ ph: 's', ...step });
      else if (index < ends.length - 1) this.#events.push({ ph: 't', ...step });
      else this.#events.push({ ph: 'f', bp: 'e', ...step });
    }
  }

  /** What users and faults did, connections, sessions and refusals, as points in time. */
  #instants(): void {
    for (const event of this.#trace) {
      const [lane, scope] = POINTS[event.type] ?? [];
      const remark = remarkOf(event);
      if (lane === undefined || scope === undefined || remark === null) continue;
      const { n, at: _at, wall: _wall, node, cause: _cause, type: cat, ...body } = event;
      const name = event.type === 'fault' ? `${event.fault} ${event.act}` : remark.text;
      const at = { ts: this.#ts(event), ...this.#thread(node, lane) };
      this.#events.push({ ph: 'i', s: scope, name, cat, ...at, args: { n, ...body } });
    }
  }
}

/**
 * Paths of a message through a server: written by a device, read by the server, written by the server because of that,
 * read by another device. Whatever the server read on the way to somebody is marked in `passedOn`, with what arrived.
 */
function pathsOf(
  writes: ReadonlyMap<number, number>,
  byNumber: ReadonlyMap<number, TraceEvent>,
  isServer: (node: string) => boolean,
  passedOn: Set<number>,
): number[][] {
  const paths: number[][] = [];
  for (const [read, write] of writes) {
    const node = byNumber.get(write)?.node;
    if (node === undefined || !isServer(node)) continue;
    let reason = byNumber.get(byNumber.get(write)?.cause ?? 0);
    for (let steps = 0; reason !== undefined && reason.type !== 'wire' && reason.node === node && steps < 8; steps++) {
      reason = byNumber.get(reason.cause ?? 0);
    }
    const origin = reason?.type === 'wire' && reason.dir === 'in' && reason.node === node ? writes.get(reason.n) : undefined;
    if (reason === undefined || origin === undefined) continue;
    paths.push([origin, reason.n, write, read]);
    passedOn.add(reason.n).add(read);
  }
  return paths;
}
