/** Traces of one call for drawing: one that goes well, and one whose caller never receives the answer. */
import type { CallRecord, Phase } from '../../src/protocol/call.js';
import type { MessageKind } from '../../src/protocol/message-kinds.js';
import { TRACE_SCHEMA, type TraceBody, type TraceEvent } from '../../src/trace/event.js';

export interface TraceBuilder {
  readonly events: TraceEvent[];
  /** Adds an event at `at` milliseconds and gives its number. */
  add(at: number, node: string, body: TraceBody, cause?: number | null): number;
}

export function traceOf(devices: readonly string[] = ['alice/phone', 'bob/phone']): TraceBuilder {
  const events: TraceEvent[] = [];
  const add: TraceBuilder['add'] = (at, node, body, cause = null) => {
    const n = events.length + 1;
    events.push({ n, at, wall: 1_700_000_000_000 + Math.round(at), node, cause, ...body });
    return n;
  };
  add(0, 'probe', {
    type: 'run',
    phase: 'begin',
    schema: TRACE_SCHEMA,
    scenario: 'callee accepts',
    file: 'scenarios/accept.yaml',
    seed: '7',
    repetition: 1,
    target: 'bundled',
    defects: [],
    devices,
    roles: { server: 'server', probe: 'probe' },
    versions: { 'call-probe': '0.1.0' },
    replay: 'call-probe run scenarios/accept.yaml --seed 7',
    serverVisible: true,
    media: 'audio',
  });
  return { events, add };
}

export function record(phase: Phase, version: number): CallRecord {
  return {
    id: 'c1',
    version,
    phase,
    caller: { user: 'alice', device: 'phone' },
    callee: { user: 'bob', device: phase === 'inviting' || phase === 'ringing' ? null : 'phone' },
    invitedAt: 10,
    ringingAt: phase === 'inviting' ? null : 12,
    answeredAt: phase === 'connected' || phase === 'ended' ? 210 : null,
    endedAt: phase === 'ended' ? 1410 : null,
    reason: phase === 'ended' ? 'hangup' : null,
    endedBy: phase === 'ended' ? { user: 'alice', device: 'phone' } : null,
  };
}

let serial = 0;

/** A message over the link of `device`, written and read 0.6 ms later; `read: false` loses it. */
export function message(
  trace: TraceBuilder,
  at: number,
  device: string,
  dir: 'up' | 'down',
  kind: MessageKind,
  read = true,
  name?: string,
): number {
  const body = {
    type: 'wire',
    link: `${device}.signaling`,
    conn: 1,
    kind,
    call: 'c1',
    seq: null,
    bytes: 120,
    digest: `d${serial++}`,
    ...(name === undefined ? {} : { name }),
  } as const;
  const [from, to] = dir === 'up' ? [device, 'server'] : ['server', device];
  const out = trace.add(at, from, { ...body, dir: 'out' });
  if (read) trace.add(at + 0.6, to, { ...body, dir: 'in' }, out);
  return out;
}

const VERSIONS = { inviting: 1, ringing: 2, connected: 3, ended: 4 } as const;

/** A device takes on a record and shows it. */
export function view(
  trace: TraceBuilder,
  at: number,
  device: string,
  state: 'inviting' | 'ringing' | 'connected' | 'ended',
): void {
  const reason = state === 'ended' ? 'hangup' : null;
  const version = VERSIONS[state];
  trace.add(at, device, { type: 'record', call: 'c1', version, phase: state, record: record(state, version) });
  trace.add(at, device, {
    type: 'state',
    call: 'c1',
    version,
    state,
    reason,
    timerStartedAt: state === 'connected' ? 210 : null,
  });
}

/** The whole call; with `lost` what the server sends of the answer never reaches the caller. */
export function callTrace(lost = false): TraceEvent[] {
  const trace = traceOf();
  const { add } = trace;
  const [alice, bob] = ['alice/phone', 'bob/phone'];
  add(10, alice, { type: 'action', action: 'call', peer: 'bob', call: 'c1' });
  message(trace, 10.2, alice, 'up', 'command.invite');
  add(10.9, 'server', { type: 'record', call: 'c1', version: 1, phase: 'inviting', record: record('inviting', 1) });
  message(trace, 11, bob, 'down', 'event.inviting');
  message(trace, 11.7, bob, 'up', 'ack');
  view(trace, 11.8, bob, 'ringing');
  message(trace, 11.9, bob, 'up', 'command.ring');
  add(12.6, 'server', { type: 'record', call: 'c1', version: 2, phase: 'ringing', record: record('ringing', 2) });
  message(trace, 12.7, alice, 'down', 'event.ringing');
  view(trace, 13.4, alice, 'ringing');
  add(210, bob, { type: 'action', action: 'accept', peer: null, call: 'c1' });
  message(trace, 210.2, bob, 'up', 'command.accept');
  add(210.9, 'server', { type: 'record', call: 'c1', version: 3, phase: 'connected', record: record('connected', 3) });
  message(trace, 211, bob, 'down', 'event.connected');
  const lostN = message(trace, 211.1, alice, 'down', 'event.connected', !lost);
  view(trace, 211.7, bob, 'connected');
  if (lost) {
    add(211.2, 'probe', {
      type: 'fault',
      fault: 'disconnect',
      layer: 'connection',
      act: 'hit',
      target: lostN,
      message: 'alice.signaling is cut for 1 s',
      absence: 'until-registered',
      struck: null,
    });
    add(2211, 'probe', {
      type: 'mark',
      name: 'expect',
      path: 'steps[4]',
      text: 'both: connected within 2s',
      ok: false,
      actual: 'alice=ringing bob=connected',
    });
  } else {
    view(trace, 211.8, alice, 'connected');
    for (const at of [213, 213.5, 214]) message(trace, at, alice, 'up', 'signal.candidate');
    for (const at of [215, 215.5]) message(trace, at, bob, 'down', 'signal.candidate');
    const media = {
      type: 'media',
      call: 'c1',
      state: 'flowing',
      stage: 'rtp',
      setupStalled: false,
      stats: null,
      message: null,
    } as const;
    add(240, alice, media);
    add(241, bob, media);
    add(1410, alice, { type: 'action', action: 'hang up', peer: null, call: 'c1' });
    message(trace, 1410.2, alice, 'up', 'command.hangup');
    add(1410.9, 'server', { type: 'record', call: 'c1', version: 4, phase: 'ended', record: record('ended', 4) });
    message(trace, 1411, alice, 'down', 'event.ended');
    message(trace, 1411.1, bob, 'down', 'event.ended');
    view(trace, 1411.7, alice, 'ended');
    view(trace, 1411.8, bob, 'ended');
  }
  add(2300, 'probe', { type: 'run', phase: 'end', status: 'complete', message: null });
  return trace.events;
}
