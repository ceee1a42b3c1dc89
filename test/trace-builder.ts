/** Writes traces by hand in a compact form: a clock, the nodes' own doings, and the server's record carried along. */

import { addressFrom, sameView, userOf } from '../src/judge/history/history.js';
import { addressOf } from '../src/protocol/address.js';
import { applyMove, type CallRecord, type CommandName, invite, type Move, VIEW_STATES, viewOf } from '../src/protocol/call.js';
import { MEDIA_STATES, type MediaStats } from '../src/protocol/media.js';
import type { MessageKind } from '../src/protocol/message-kinds.js';
import {
  type Absence,
  type ActionEvent,
  type ConnEvent,
  type FaultEvent,
  type MarkEvent,
  type MediaEvent,
  type RunBegin,
  type SessionEvent,
  type StateEvent,
  TRACE_SCHEMA,
  type TraceBody,
  type TraceEvent,
} from '../src/trace/event.js';

export interface Setting {
  readonly devices?: readonly string[];
  /** Whether the server writes into the trace; without it devices write views without versions and nothing else. */
  readonly server?: boolean;
  readonly media?: RunBegin['media'];
}

/** A fault as the runner tells of it; `absence` only counts on a hit. */
export function faultEvent(
  fault: string,
  act: FaultEvent['act'],
  { absence = null, ...more }: Partial<FaultEvent> & { absence?: Absence } = {},
): FaultEvent {
  return {
    type: 'fault',
    fault,
    layer: fault.endsWith('-server') ? 'server' : 'connection',
    act,
    target: null,
    message: act,
    absence: act === 'hit' ? absence : null,
    struck: null,
    ...more,
  };
}

/** What server time is at trace time 0, so that nothing mixes the two up. */
export const SERVER_EPOCH = 1_000_000;

export class TraceBuilder {
  readonly events: TraceEvent[] = [];
  readonly setting: Required<Setting>;
  now = 0;
  #records = new Map<string, CallRecord>();
  #seq = 0;

  constructor(setting: Setting = {}) {
    this.setting = { devices: ['alice/phone', 'bob/phone'], server: true, media: 'none', ...setting };
    this.add('probe', {
      type: 'run',
      phase: 'begin',
      schema: TRACE_SCHEMA,
      scenario: 'by hand',
      file: null,
      seed: '1',
      repetition: 1,
      target: this.setting.server ? 'bundled' : 'wss://example.test',
      defects: [],
      devices: this.setting.devices,
      roles: { server: 'server', probe: 'probe' },
      versions: {},
      replay: 'call-probe run',
      serverVisible: this.setting.server,
      media: this.setting.media,
    });
  }

  /** Adds one event now and returns its number. */
  add(node: string, body: TraceBody, cause: number | null = null): number {
    const n = this.events.length + 1;
    this.events.push({ n, at: this.now, wall: 1_700_000_000_000 + this.now, node, cause, ...body });
    return n;
  }

  at(ms: number): this {
    this.now = ms;
    return this;
  }

  after(ms: number): this {
    return this.at(this.now + ms);
  }

  mark(name: MarkEvent['name'], ok: boolean | null = null, text: string = name, actual: string | null = null): number {
    const path = name === 'expect' ? 'steps[1]' : null;
    const wants = name === 'expect' ? { wants: wantsOf(text) } : {};
    return this.add('probe', { type: 'mark', name, path, text, ok, actual, ...wants });
  }

  op(node: string, op: ActionEvent['action'], call: string | null = null, peer: string | null = null): number {
    return this.add(node, { type: 'action', action: op, call, peer });
  }

  wire(
    node: string,
    dir: 'out' | 'in',
    device: string,
    kind: MessageKind,
    call: string | null,
    cause: number | null,
    seq = ++this.#seq,
  ): number {
    if (node === 'server' && !this.setting.server) return cause ?? 0;
    const link = `${device}.signaling`;
    return this.add(node, { type: 'wire', dir, link, conn: 1, kind, call, seq, bytes: 100, digest: `${kind}-${seq}` }, cause);
  }

  /** A connection of a device opens, is refused, or ends without a close frame. */
  conn(node: string, state: ConnEvent['state'], more: Partial<ConnEvent> = {}): number {
    const code = state === 'opened' ? null : 1006;
    const link = `${node}.signaling`;
    return this.add(node, { type: 'conn', link, conn: 1, state, code, reason: '', error: null, by: null, ...more });
  }

  /** A session at the server, or a refused log-in at a device. */
  session(
    node: string,
    device: string,
    state: SessionEvent['state'],
    text: string | null = null,
    cause: number | null = null,
  ): number {
    return this.add(node, { type: 'session', device, state, text }, cause);
  }

  view(node: string, view: Partial<StateEvent> & Pick<StateEvent, 'state'>, cause: number | null = null): number {
    return this.add(node, { type: 'state', call: 'c1', version: null, reason: null, timerStartedAt: null, ...view }, cause);
  }

  timers(call: string, elapsed: Readonly<Record<string, number>>): void {
    for (const [node, elapsedMs] of Object.entries(elapsed)) this.add(node, { type: 'timer', call, elapsedMs });
  }

  media(node: string, state: MediaEvent['state'], more: Partial<MediaEvent> = {}): number {
    return this.add(node, {
      type: 'media',
      call: 'c1',
      state,
      stage: null,
      setupStalled: false,
      stats: null,
      message: null,
      ...more,
    });
  }

  record(call: string): CallRecord {
    const record = this.#records.get(call);
    if (record === undefined) throw new Error(`the trace under construction has no call ${call}`);
    return record;
  }

  /** The command of a device on its way to the server, 5 ms long. Returns the number of its last event. */
  command(node: string, kind: CommandName, call: string, cause: number | null): number {
    const out = this.wire(node, 'out', node, `command.${kind}`, call, cause);
    this.after(5);
    return this.wire('server', 'in', node, `command.${kind}`, call, out, this.#seq);
  }

  /** The server takes on a new call. */
  invites(call: string, caller: string, callee: string, cause: number | null): number {
    return this.#hold(invite(call, addressFrom(caller), callee, this.serverTime), cause);
  }

  /** The server makes a move on its record; the move must be legal. */
  moves(call: string, move: Move, by: string | null, cause: number | null): number {
    const moved = applyMove(this.record(call), move, by === null ? null : addressFrom(by), this.serverTime);
    if (!moved.changed) throw new Error(`${move} by ${by} changes nothing in ${this.record(call).phase}`);
    return this.#hold(moved.record, cause);
  }

  /** The record on its way to devices, 5 ms long: each reads, applies and shows it. */
  tells(call: string, cause: number | null, devices: readonly string[] = this.participants(call)): void {
    const kind = `event.${this.record(call).phase}` as const;
    const sent = devices.map((device) => {
      const seq = ++this.#seq;
      return { device, seq, out: this.wire('server', 'out', device, kind, call, cause, seq) };
    });
    this.after(5);
    for (const { device, seq, out } of sent) this.applies(call, device, this.wire(device, 'in', device, kind, call, out, seq));
  }

  /** A device applies the server's record and shows it, where that changes what it shows. */
  applies(call: string, device: string, cause: number | null): void {
    const record = this.record(call);
    if (this.setting.server) {
      this.add(device, { type: 'record', call, version: record.version, phase: record.phase, record }, cause);
    }
    const view = viewOf(record, addressFrom(device));
    const before = this.events.findLast(
      (event) =>
        event.node === device &&
        ((event.type === 'state' && event.call === call) ||
          (event.type === 'action' && (event.action === 'crash' || event.action === 'open'))),
    );
    if (before?.type === 'state' && sameView(before, view)) return;
    this.view(device, { ...view, call, version: this.setting.server ? record.version : null }, cause);
  }

  /** Devices that are told of a call: the one that called and all of the callee. */
  participants(call: string): string[] {
    const { caller, callee } = this.record(call);
    return this.setting.devices.filter((device) => device === addressOf(caller) || userOf(device) === callee.user);
  }

  get serverTime(): number {
    return SERVER_EPOCH + this.now;
  }

  #hold(record: CallRecord, cause: number | null): number {
    this.#records.set(record.id, record);
    if (!this.setting.server) return cause ?? 0;
    return this.add('server', { type: 'record', call: record.id, version: record.version, phase: record.phase, record }, cause);
  }

  /** A device calls a user and all devices of that user ring: 30 ms. */
  rings(caller: string, callee: string, call = 'c1'): this {
    const op = this.op(caller, 'call', call, callee);
    this.tells(call, this.invites(call, caller, callee, this.command(caller, 'invite', call, op)));
    const ringer = this.participants(call).find((device) => userOf(device) === callee);
    if (ringer === undefined) throw new Error(`${callee} has no device in this trace`);
    const told = this.events.findLast((event) => event.type === 'wire' && event.node === ringer && event.dir === 'in');
    this.tells(call, this.moves(call, 'ring', ringer, this.command(ringer, 'ring', call, told?.n ?? null)));
    return this;
  }

  /** A device acts on a call, the server makes the move, and `devices` are told: 10 ms. */
  acts(node: string, op: 'accept' | 'reject' | 'cancel' | 'hang up', call = 'c1', devices?: readonly string[]): this {
    const move = op === 'hang up' ? 'hangup' : op;
    const change = this.moves(call, move, node, this.command(node, move, call, this.op(node, op, call)));
    this.tells(call, change, devices ?? this.participants(call));
    return this;
  }

  rests(): this {
    this.mark('quiesce');
    this.after(50).mark('quiesced', true);
    return this;
  }

  /** The probe's epilogue: teardown by `clear`, a second call of the same pair, the end. */
  ends(clear: () => void = () => undefined): TraceEvent[] {
    this.mark('teardown');
    this.after(5);
    clear();
    this.mark('torn-down', true);
    this.after(5).mark('redial');
    const first = this.events.find((event) => event.type === 'action' && event.action === 'call');
    if (first?.type === 'action') this.rings(first.node, first.peer ?? '', 'redial').acts(first.node, 'cancel', 'redial');
    this.mark('redialed', true);
    this.add('probe', { type: 'run', phase: 'end', status: 'complete', message: null });
    return this.events;
  }
}

/** What an expectation in the words of a scenario waits for. */
function wantsOf(text: string): NonNullable<MarkEvent['wants']> {
  if (!text.includes('media')) return { states: VIEW_STATES.filter((state) => text.includes(state)), media: [] };
  return { states: [], media: MEDIA_STATES.filter((state) => text.includes(state)) };
}

/** Media figures of a direction that lost nothing. */
export function stats(more: Partial<MediaStats> = {}): MediaStats {
  return {
    packetsSent: 150,
    packetsReceived: 150,
    packetsLost: 0,
    duplicates: 0,
    reordered: 0,
    jitterMs: 1,
    delayMsP50: 5,
    delayMsMax: 9,
    ...more,
  };
}

export const FOUR = ['alice/phone', 'alice/laptop', 'bob/phone', 'bob/laptop'] as const;

/** A call of two users with two devices each that is answered at bob/phone, has sound for 4 s and is hung up by alice. */
export function healthyCall(setting: Setting = {}): TraceEvent[] {
  const trace = new TraceBuilder({ devices: FOUR, media: 'audio', ...setting });
  trace.mark('step', null, 'alice: call bob');
  trace.at(100).rings('alice/phone', 'bob');
  trace.mark('expect', true, 'both: ringing within 2s');
  trace.at(400).acts('bob/phone', 'accept');
  trace.mark('expect', true, 'both: connected within 1s');
  if (trace.setting.media === 'audio') {
    for (const device of ['alice/phone', 'bob/phone']) trace.media(device, 'connecting', { stage: 'ice' });
    trace.after(60);
    for (const device of ['alice/phone', 'bob/phone']) trace.media(device, 'flowing', { stage: 'rtp' });
  }
  trace.at(2_000).timers('c1', { 'alice/phone': 1_595, 'bob/phone': 1_597 });
  trace.at(4_000).timers('c1', { 'alice/phone': 3_595, 'bob/phone': 3_597 });
  trace.at(4_410).acts('alice/phone', 'hang up');
  if (trace.setting.media === 'audio') {
    for (const device of ['alice/phone', 'bob/phone']) trace.media(device, 'idle', { stats: stats() });
  }
  trace.mark('expect', true, 'both: ended(hangup) within 1s');
  return trace.after(1_500).rests().ends();
}
