/** Traces of a foreign target by hand: what two devices say, hear and show, and nothing of the server. */

import type { ViewState } from '../../../src/protocol/call.js';
import type { MessageKind } from '../../../src/protocol/message-kinds.js';
import type { StateEvent, TraceEvent, UnsentEvent } from '../../../src/trace/event.js';
import { faultEvent, TraceBuilder } from '../../trace-builder.js';

type Shown = Pick<StateEvent, 'state'> & Partial<StateEvent>;

export class ForeignTrace extends TraceBuilder {
  readonly #conn = new Map<string, number>();

  constructor(others: readonly string[] = [], limits: readonly string[] = []) {
    super({ server: false, ...(others.length === 0 ? {} : { devices: ['alice/phone', 'bob/phone', ...others] }) });
    const [begin] = this.events;
    if (begin?.type === 'run' && begin.phase === 'begin') {
      this.events[0] = { ...begin, adapter: { name: 'by-hand', relaysAsIs: false, limits } };
    }
    for (const device of this.setting.devices) this.opens(device);
  }

  /** A device says something in the call. */
  says(device: string, kind: MessageKind, cause: number | null = null, call = 'c1'): number {
    return this.#message(device, 'out', kind, cause, null, undefined, call);
  }

  /** A device reads something of the call, and shows what follows from it. */
  hears(
    device: string,
    kind: MessageKind,
    shown: Shown | null = null,
    name?: string,
    reason: StateEvent['reason'] = null,
    call: string | null = 'c1',
  ): number {
    const n = this.#message(device, 'in', kind, null, shown?.reason ?? reason, name, call);
    if (shown !== null) this.shows(device, shown, n);
    return n;
  }

  /** The other end of a device's connection answers a ping that was sent after everything so far. */
  pong(device: string): number {
    const covers = this.events.flatMap((event) =>
      event.type === 'wire' && event.node === device && event.dir === 'out' ? [event.n] : [],
    );
    const conn = this.#conn.get(device) ?? 1;
    const askedAt = this.now;
    return this.after(1).add(device, { type: 'receipt', link: `${device}.signaling`, conn, by: 'pong', covers, askedAt });
  }

  /** The server replies with an error. */
  refuses(device: string, refusal: string, call: string | null = 'c1'): number {
    const n = this.#message(device, 'in', 'error', null, null, undefined, call);
    const event = this.events.at(-1);
    if (event?.type === 'wire') this.events[this.events.length - 1] = { ...event, refusal };
    return n;
  }

  shows(device: string, shown: Shown, cause: number | null = null): number {
    return this.view(device, { ...(shown.state === 'connected' ? { timerStartedAt: this.now } : {}), ...shown }, cause);
  }

  closes(device: string): number {
    return this.conn(device, 'closed', { conn: this.#conn.get(device) ?? 1 });
  }

  /** A new connection, on which the device is greeted. */
  opens(device: string): void {
    this.connects(device);
    this.#message(device, 'in', 'welcome', null, null, undefined, null);
  }

  /** A new connection, without a log-in. */
  connects(device: string): void {
    const conn = (this.#conn.get(device) ?? 0) + 1;
    this.#conn.set(device, conn);
    this.conn(device, 'opened', { conn });
  }

  /** A device can't send a command. */
  unsent(device: string, kind: MessageKind, why: UnsentEvent['why'] = 'no-connection'): number {
    const conn = this.#conn.get(device) ?? 1;
    return this.add(device, { type: 'unsent', link: `${device}.signaling`, conn, kind, call: 'c1', why });
  }

  /** A fault that struck the call's message of a kind, or something of the device without one. */
  struck(node: string, fault: string, kind: MessageKind | null = null): void {
    const struck =
      kind === null
        ? null
        : ({ dropped: fault === 'drop', dir: 'in', digest: `${kind}-c1`, kind, call: 'c1', bytes: 90 } as const);
    const armed = this.add(node, faultEvent(fault, 'armed'));
    this.add(node, faultEvent(fault, 'hit', { message: `${fault} at work`, struck }), armed);
  }

  /** Alice calls bob, and it rings: at alice as soon as she is told. */
  calls(isTold = true): this {
    const call = this.at(100).op('alice/phone', 'call', 'c1', 'bob');
    this.shows('alice/phone', { state: 'inviting' }, call);
    this.says('alice/phone', 'command.invite', call);
    this.after(5).hears('bob/phone', 'event.inviting', { state: 'ringing' });
    if (!isTold) return this;
    this.says('bob/phone', 'command.ring');
    this.after(5).hears('alice/phone', 'event.ringing', { state: 'ringing' });
    return this;
  }

  /** Bob answers, and shows it at once. */
  accepts(): this {
    const accept = this.at(400).op('bob/phone', 'accept', 'c1');
    this.says('bob/phone', 'command.accept', accept);
    this.shows('bob/phone', { state: 'connected' }, accept);
    return this;
  }

  /** The answer reaches alice. */
  answered(): this {
    this.after(5).hears('alice/phone', 'event.connected', { state: 'connected' });
    return this;
  }

  /** Bob hangs up and shows it at once; the word for it goes out unless it is held back. */
  hangsUp(isSaid = true): number {
    const op = this.op('bob/phone', 'hang up', 'c1');
    if (isSaid) this.says('bob/phone', 'command.hangup', op);
    this.shows('bob/phone', { state: 'ended', reason: 'hangup' }, op);
    return op;
  }

  /** Alice hears that the call is over. */
  ended(): this {
    this.after(5).hears('alice/phone', 'event.ended', { state: 'ended', reason: 'hangup' });
    return this;
  }

  /** The expectation at the end, and the rest of the run: whoever still shows a call ends it in the epilogue. */
  finishes(isBroken: boolean, text = 'both: connected within 8s', states: readonly ViewState[] = []): TraceEvent[] {
    this.after(2_000).mark('expect', !isBroken, text, isBroken ? 'alice and bob differ' : null);
    const mark = this.events.at(-1);
    if (mark?.type === 'mark' && states.length > 0)
      this.events[this.events.length - 1] = { ...mark, wants: { states, media: [] } };
    this.rests();
    this.mark('teardown');
    for (const device of this.setting.devices) {
      const last = this.events.findLast((event) => event.type === 'state' && event.node === device);
      if (last?.type === 'state' && (last.state === 'ended' || last.state === 'idle')) continue;
      const op = this.op(
        device,
        device.startsWith('alice') && last?.type === 'state' && last.state !== 'connected' ? 'cancel' : 'hang up',
        'c1',
      );
      this.says(device, 'command.hangup', op);
      this.shows(device, { state: 'ended', reason: 'hangup' }, op);
    }
    this.mark('torn-down', true);
    this.mark('redial');
    this.mark('redialed', true);
    this.add('probe', { type: 'run', phase: 'end', status: 'complete', message: null });
    return this.events;
  }

  #message(
    device: string,
    dir: 'in' | 'out',
    kind: MessageKind,
    cause: number | null,
    reason: StateEvent['reason'] = null,
    name: string | undefined = undefined,
    call: string | null = 'c1',
  ): number {
    return this.add(
      device,
      {
        type: 'wire',
        dir,
        link: `${device}.signaling`,
        conn: this.#conn.get(device) ?? 1,
        kind,
        call,
        seq: null,
        bytes: 90,
        digest: `${kind}-${call}`,
        ...(name === undefined ? {} : { name }),
        ...(reason === null ? {} : { reason }),
      },
      cause,
    );
  }
}
