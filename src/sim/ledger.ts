/**
 * What each end of a session sent and what arrived at the other one, recorded beside the session machines and independent of
 * their numbers: it proves that delivery is exactly once, unchanged and in order.
 */
import type { Wire } from '../protocol/frames.js';
import type { SessionMachine } from '../protocol/session.js';

/** One direction of a session, at the end that sends or at the end that reads. */
interface End {
  readonly sent: Map<number, Wire>;
  read: number;
}

export class Ledger {
  readonly #report: (message: string) => void;
  /** By session id. */
  readonly #ofServer = new Map<string, End>();
  readonly #ofDevice = new Map<string, End>();
  /** The current session of a device; its id is known with the welcome. */
  readonly #current = new Map<string, { end: End; session: string | null }>();
  /** Commands that a device sent and the server has not read, by device and id, with their calls. */
  readonly #unread = new Map<string, Map<string, string>>();
  /** Calls that devices have started. */
  readonly #invited = new Set<string>();

  constructor(report: (message: string) => void) {
    this.#report = report;
  }

  /** The server's machine of a session; one that is restored continues where the store is. */
  watchServer(session: string, device: string, machine: SessionMachine<Wire>): SessionMachine<Wire> {
    const end = this.#ofServer.get(session) ?? { sent: new Map(), read: 0 };
    this.#ofServer.set(session, end);
    return watch(machine, end, (seq, payload) => {
      if (payload.type === 'command') this.#unread.get(device)?.delete(payload.id);
      this.#read(`the server from ${device}`, seq, payload, end, this.#ofDevice.get(session));
    });
  }

  /** The machine of a new session of a device. */
  watchDevice(device: string, machine: SessionMachine<Wire>): SessionMachine<Wire> {
    const end: End = { sent: new Map(), read: 0 };
    const current = { end, session: null as string | null };
    this.#current.set(device, current);
    const unread = this.#unread.get(device) ?? new Map<string, string>();
    this.#unread.set(device, unread);
    return watch(
      machine,
      end,
      (seq, payload) => {
        const other = current.session === null ? undefined : this.#ofServer.get(current.session);
        this.#read(`${device} from the server`, seq, payload, end, other);
      },
      (payload) => {
        if (payload.type !== 'command') return;
        unread.set(payload.id, payload.call);
        if (payload.op === 'invite') this.#invited.add(`${device} ${payload.call}`);
      },
    );
  }

  /** A device handled a welcome. */
  welcomed(device: string, session: string): void {
    const current = this.#current.get(device);
    if (current === undefined || current.session !== null) return;
    current.session = session;
    this.#ofDevice.set(session, current.end);
  }

  /** The unsent frames of a device are lost with its process. */
  crashed(device: string): void {
    this.#unread.get(device)?.clear();
  }

  /** A device dropped undelivered frames of a call with its session: it may do so for its own invitation. */
  dropped(device: string, call: string): void {
    if (!this.#invited.has(`${device} ${call}`)) return;
    const unread = this.#unread.get(device);
    for (const [id, of] of unread ?? []) if (of === call) unread?.delete(id);
  }

  /** How many commands of a device never reached the server. */
  unread(device: string): number {
    return this.#unread.get(device)?.size ?? 0;
  }

  #read(who: string, seq: number, payload: Wire, end: End, sender: End | undefined): void {
    const expected = end.read + 1;
    if (seq < expected) return this.#report(`${who}: number ${seq} was read again`);
    if (seq > expected) return this.#report(`${who}: number ${seq} was read before number ${expected}`);
    end.read = seq;
    const sent = sender?.sent.get(seq);
    if (sent === undefined) return this.#report(`${who}: number ${seq}, a ${payload.type}, was never sent in this session`);
    if (!isSame(sent, payload))
      this.#report(`${who}: number ${seq} was sent as ${sent.type} and read as another ${payload.type}`);
  }
}

function watch(
  machine: SessionMachine<Wire>,
  end: End,
  read: (seq: number, payload: Wire) => void,
  sent: (payload: Wire) => void = () => undefined,
): SessionMachine<Wire> {
  let isNew = true;
  return {
    transition(state, input, now) {
      if (isNew) {
        isNew = false;
        // What a crashed process had sent and not stored counts as never sent.
        for (const seq of end.sent.keys()) if (seq >= state.nextSeq) end.sent.delete(seq);
        for (const { seq, payload } of state.outbox) end.sent.set(seq, payload);
        end.read = state.received;
      }
      if (input.type === 'send') sent(input.payload);
      const step = machine.transition(state, input, now);
      if (input.type === 'send' && step.state.nextSeq > state.nextSeq) end.sent.set(state.nextSeq, input.payload);
      for (const effect of step.effects) if (effect.type === 'deliver') read(effect.seq, effect.payload);
      return step;
    },
    deadline: (state) => machine.deadline(state),
  };
}

/** Whether the read payload is the sent one: its parts are passed by reference. */
function isSame(a: Wire, b: Wire): boolean {
  if (a.type === 'event') return b.type === 'event' && a.record === b.record;
  if (a.type === 'result' || a.type === 'command') return a.type === b.type && a.id === b.id;
  if (a.type === 'receipt') return b.type === 'receipt' && a.call === b.call && a.version === b.version;
  return a.type === b.type && 'data' in b && a.data === b.data;
}
