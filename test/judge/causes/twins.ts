/** For every rule of diagnosis a broken trace that it has to catch, and a healthy one that differs in just that. */
import type { Cause } from '../../../src/judge/causes/diagnosis.js';
import type { TraceEvent, WireEvent } from '../../../src/trace/event.js';
import { FOUR, stats, TraceBuilder } from '../../trace-builder.js';

export interface Twin {
  readonly code: Cause;
  readonly hop: string;
  readonly name: string;
  /** The trace, healthy or with what is wrong. */
  build(isBroken: boolean): TraceEvent[];
}

const CONNECTED = 'both: connected within 1s';

/** Alice calls bob and it rings. */
export function ringing(setting: ConstructorParameters<typeof TraceBuilder>[0] = {}): TraceBuilder {
  return new TraceBuilder(setting).at(100).rings('alice/phone', 'bob');
}

/** The rest of a run in which nobody, or both, are connected; a device that was never told is cleared away by the epilogue. */
export function rest(trace: TraceBuilder, isBroken: boolean, text = CONNECTED): TraceEvent[] {
  trace.after(1_000).mark('expect', !isBroken, text, isBroken ? 'alice=ringing bob=connected' : null);
  trace.rests();
  return trace.ends(() => {
    const { phase } = trace.record('c1');
    if (phase === 'connected') trace.acts('bob/phone', 'hang up');
    else if (phase !== 'ended') trace.acts('alice/phone', 'cancel');
  });
}

/** Bob accepts; the server takes it on and tells bob. Returns the change. */
export function accepted(trace: TraceBuilder): number {
  const op = trace.at(400).op('bob/phone', 'accept', 'c1');
  const change = trace.moves('c1', 'accept', 'bob/phone', trace.command('bob/phone', 'accept', 'c1', op));
  trace.tells('c1', change, ['bob/phone']);
  return change;
}

/** What the server wrote to alice about the answer; returns the number of the write. */
export const toAlice = (trace: TraceBuilder, change: number): number =>
  trace.wire('server', 'out', 'alice/phone', 'event.connected', 'c1', change, 77);

/** Alice reads the answer, and takes it on unless she is deaf to it. */
export function reads(trace: TraceBuilder, cause: number, isDeaf = false): void {
  const read = trace.wire('alice/phone', 'in', 'alice/phone', 'event.connected', 'c1', cause, 77);
  if (!isDeaf) trace.applies('c1', 'alice/phone', read);
}

export const TWINS: readonly Twin[] = [
  {
    code: 'never-emitted',
    hop: 'bob/phone',
    name: 'an accept for which no frame leaves',
    build(isBroken) {
      const trace = ringing();
      if (isBroken) trace.at(400).op('bob/phone', 'accept', 'c1');
      else trace.at(400).acts('bob/phone', 'accept');
      return rest(trace, isBroken);
    },
  },
  {
    code: 'lost-uplink',
    hop: 'bob/phone.signaling',
    name: 'an accept that the server never reads',
    build(isBroken) {
      const trace = ringing();
      if (isBroken) {
        const op = trace.at(400).op('bob/phone', 'accept', 'c1');
        trace.wire('bob/phone', 'out', 'bob/phone', 'command.accept', 'c1', op);
      } else trace.at(400).acts('bob/phone', 'accept');
      return rest(trace, isBroken);
    },
  },
  {
    code: 'refused-by-server',
    hop: 'server',
    name: 'an accept that the table of moves allows',
    build(isBroken) {
      const trace = ringing();
      if (isBroken) {
        const heard = trace.command('bob/phone', 'accept', 'c1', trace.at(400).op('bob/phone', 'accept', 'c1'));
        const answer = trace.wire('server', 'out', 'bob/phone', 'result.refused', 'c1', heard, 70);
        trace.wire('bob/phone', 'in', 'bob/phone', 'result.refused', 'c1', answer, 70);
      } else trace.at(400).acts('bob/phone', 'accept');
      return rest(trace, isBroken);
    },
  },
  {
    code: 'not-forwarded',
    hop: 'server',
    name: 'an answer of which the caller is not told',
    build(isBroken) {
      const trace = ringing();
      const change = accepted(trace);
      if (!isBroken) reads(trace, toAlice(trace, change));
      return rest(trace, isBroken);
    },
  },
  {
    code: 'not-forwarded',
    hop: 'server',
    name: 'an accept that the server reads and does nothing about',
    build(isBroken) {
      const trace = ringing();
      if (isBroken) trace.command('bob/phone', 'accept', 'c1', trace.at(400).op('bob/phone', 'accept', 'c1'));
      else trace.at(400).acts('bob/phone', 'accept');
      return rest(trace, isBroken);
    },
  },
  {
    code: 'wrong-recipient',
    hop: 'server',
    name: 'the answer goes to the callee a second time',
    build(isBroken) {
      const trace = ringing();
      const change = accepted(trace);
      if (isBroken) {
        const again = trace.wire('server', 'out', 'bob/phone', 'event.connected', 'c1', change);
        trace.add('bob/phone', { ...wireBody(trace, again), dir: 'in' }, again);
      } else reads(trace, toAlice(trace, change));
      return rest(trace, isBroken);
    },
  },
  {
    code: 'lost-downlink',
    hop: 'server',
    name: 'the caller comes back and is not told what she missed',
    build(isBroken) {
      const trace = ringing();
      trace.at(300).conn('alice/phone', 'closed');
      const change = accepted(trace);
      trace.at(600).conn('alice/phone', 'opened', { conn: 2 });
      trace.wire('alice/phone', 'in', 'alice/phone', 'welcome', null, null);
      if (!isBroken) reads(trace, toAlice(trace, change));
      return rest(trace, isBroken);
    },
  },
  {
    code: 'dropped-in-transit',
    hop: 'alice/phone.signaling',
    name: 'the answer is written to the caller and never read',
    build(isBroken) {
      const trace = ringing();
      const out = toAlice(trace, accepted(trace));
      if (!isBroken) reads(trace, out);
      return rest(trace, isBroken);
    },
  },
  {
    code: 'payload-altered',
    hop: 'alice/phone.signaling',
    name: 'the answer arrives as something else than was sent',
    build(isBroken) {
      const trace = ringing();
      const out = toAlice(trace, accepted(trace));
      if (isBroken) trace.add('alice/phone', { ...wireBody(trace, out), dir: 'in', digest: 'another' }, out);
      else reads(trace, out);
      return rest(trace, isBroken);
    },
  },
  {
    code: 'received-not-applied',
    hop: 'alice/phone',
    name: 'the caller reads the answer and goes on ringing',
    build(isBroken) {
      const trace = ringing();
      reads(trace, toAlice(trace, accepted(trace)), isBroken);
      return rest(trace, isBroken);
    },
  },
  {
    code: 'applied-late',
    hop: 'alice/phone.signaling',
    name: 'the answer is on its way for two seconds',
    build(isBroken) {
      const trace = ringing();
      const out = toAlice(trace, accepted(trace));
      if (isBroken) trace.after(1_000).mark('expect', false, CONNECTED, 'alice=ringing bob=connected');
      reads(isBroken ? trace.after(1_000) : trace, out);
      return rest(trace, false);
    },
  },
  {
    code: 'reordered',
    hop: 'server',
    name: 'ringing comes after the answer, and the caller falls back to it',
    build(isBroken) {
      const trace = ringing();
      const change = accepted(trace);
      reads(trace, toAlice(trace, change));
      if (isBroken) {
        const old = trace.events.find((event) => event.type === 'record' && event.node === 'server' && event.version === 2);
        const record = old?.type === 'record' ? { ...old.record, version: 4 } : trace.record('c1');
        const now = { ...wireBody(trace, toAlice(trace, change)), seq: 78 };
        const wrong = trace.add('server', { ...now, kind: 'event.ringing', digest: 'd78', frame: { record } }, change);
        const read = trace.add(
          'alice/phone',
          { ...now, dir: 'in', kind: 'event.ringing', digest: 'd78', frame: { record } },
          wrong,
        );
        for (const event of trace.events) {
          if (event.type === 'wire' && event.seq === 77) Object.assign(event, { frame: { record: trace.record('c1') } });
        }
        trace.add('alice/phone', { type: 'record', call: 'c1', version: 4, phase: 'ringing', record }, read);
        trace.view('alice/phone', { state: 'ringing', version: 4 }, read);
      }
      return rest(trace, isBroken);
    },
  },
  {
    code: 'duplicated',
    hop: 'alice/phone',
    name: 'the caller takes the second copy of the answer for another one',
    build(isBroken) {
      const trace = ringing();
      const out = toAlice(trace, accepted(trace));
      reads(trace, out);
      const copy = trace.wire('alice/phone', 'in', 'alice/phone', 'event.connected', 'c1', out, 77);
      const record = trace.record('c1');
      if (isBroken) trace.add('alice/phone', { type: 'record', call: 'c1', version: 3, phase: 'connected', record }, copy);
      return rest(trace, false);
    },
  },
  {
    code: 'stale-state',
    hop: 'server',
    name: 'a call that nobody answers rings for ever',
    build(isBroken) {
      const trace = ringing().at(5_000);
      if (!isBroken) trace.tells('c1', trace.moves('c1', 'no-answer', null, null));
      return rest(trace, isBroken, 'both: ended(missed) within 5s');
    },
  },
  {
    code: 'stale-state',
    hop: 'server',
    name: 'a call is busy although the callee is in no other',
    build(isBroken) {
      const trace = ringing().at(500);
      trace.tells('c1', isBroken ? trace.moves('c1', 'busy', null, null) : trace.moves('c1', 'reject', 'bob/phone', null));
      return rest(trace, isBroken, 'both: ringing within 5s');
    },
  },
  {
    code: 'other-device-not-told',
    hop: 'server',
    name: 'the other device of the callee rings on after the answer',
    build(isBroken) {
      const trace = ringing({ devices: FOUR });
      trace.at(400).acts('bob/phone', 'accept', 'c1', isBroken ? ['alice/phone', 'bob/phone'] : undefined);
      return rest(trace, isBroken, 'bob.laptop: ended(answered-elsewhere) within 1s');
    },
  },
  {
    code: 'media-not-established',
    hop: 'alice/phone.media',
    name: 'ICE does not come up on either side',
    build: (isBroken) => talk(isBroken ? ['connecting', 'connecting'] : ['flowing', 'flowing']),
  },
  {
    code: 'one-way-media',
    hop: 'bob/phone.media',
    name: 'the callee hears nothing',
    build: (isBroken) => talk(['flowing', isBroken ? 'stalled' : 'flowing']),
  },
  {
    code: 'one-way-media',
    hop: 'alice/phone.media',
    name: 'the caller sends nothing, so the callee hears nothing',
    build: (isBroken) => talk(['flowing', isBroken ? 'stalled' : 'flowing'], isBroken ? 0 : 150),
  },
  {
    code: 'timer-skew',
    hop: 'alice/phone',
    name: 'the timer of the caller is five seconds behind',
    build(isBroken) {
      const trace = ringing();
      trace.at(400).acts('bob/phone', 'accept');
      trace.at(2_000).timers('c1', { 'alice/phone': isBroken ? -3_405 : 1_595, 'bob/phone': 1_596 });
      return rest(trace, false);
    },
  },
  {
    code: 'target-gone',
    hop: 'server',
    name: 'a server that goes away in mid-call and takes no connection any more',
    build(isBroken) {
      const trace = ringing({ server: false });
      trace.at(400).acts('bob/phone', 'accept');
      trace.mark('expect', true, CONNECTED);
      trace.after(500);
      if (!isBroken) {
        trace.acts('alice/phone', 'hang up');
        return trace.after(1_500).rests().ends();
      }
      goesAway(trace, 'ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:9000');
      return trace.events;
    },
  },
  {
    code: 'probe-fault',
    hop: 'probe',
    name: 'the media process died',
    build(isBroken) {
      const trace = ringing();
      reads(trace, toAlice(trace, accepted(trace)));
      if (!isBroken) return rest(trace, false);
      trace.add('probe', { type: 'run', phase: 'end', status: 'probe-fault', message: 'media process 7 was killed by SIGKILL' });
      return trace.events;
    },
  },
];

/** All connections end, and whoever knocks is refused. */
export function goesAway(trace: TraceBuilder, error: string): void {
  for (const device of ['alice/phone', 'bob/phone']) trace.conn(device, 'closed');
  trace.add('probe', { type: 'health', state: 'gone', error });
  trace.add('probe', { type: 'run', phase: 'end', status: 'target-gone', message: 'the target closed all connections' });
}

function talk(
  [a, b]: readonly ['flowing' | 'connecting', 'flowing' | 'connecting' | 'stalled'],
  sentByCaller = 150,
): TraceEvent[] {
  const trace = ringing({ media: 'audio' });
  trace.at(400).acts('bob/phone', 'accept');
  trace.media('alice/phone', a, { stage: a === 'flowing' ? 'rtp' : 'ice' });
  trace.media('bob/phone', b === 'connecting' ? b : 'flowing', { stage: b === 'connecting' ? 'ice' : 'rtp' });
  if (b === 'stalled') trace.after(200).media('bob/phone', 'stalled', { stage: 'rtp' });
  trace.at(2_000).timers('c1', { 'alice/phone': 1_595, 'bob/phone': 1_597 });
  trace.at(5_000).mark('expect', true, CONNECTED);
  trace.acts('alice/phone', 'hang up');
  for (const side of ['alice/phone', 'bob/phone']) {
    const packetsSent = side === 'alice/phone' ? sentByCaller : 150;
    trace.media(side, 'idle', { stats: stats({ packetsSent, packetsReceived: a === b ? 150 : 3 }) });
  }
  return trace.after(1_500).rests().ends();
}

/** What a frame's event says, without its stamp. */
export function wireBody(trace: TraceBuilder, n: number): { type: 'wire' } & WireEvent {
  const event = trace.events[n - 1];
  if (event?.type !== 'wire') throw new Error(`event ${n} is no frame`);
  const { n: _, at: __, wall: ___, node: ____, cause: _____, ...body } = event;
  return body;
}
