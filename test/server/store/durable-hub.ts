/** A hub with a store in virtual time: its effects are kept as the driver does it, and it can be ended and started again. */
import type { CallRecord, CommandName } from '../../../src/protocol/call.js';
import type { ClientFrame, ServerFrame } from '../../../src/protocol/frames.js';
import { WAITS, type Waits } from '../../../src/protocol/limits.js';
import { createRng } from '../../../src/protocol/rng.js';
import { Hub } from '../../../src/server/hub/hub.js';
import type { HubInput } from '../../../src/server/hub/io.js';
import { SOUND_POLICY } from '../../../src/server/hub/policy.js';
import type { StoredEntry } from '../../../src/server/hub/stored.js';
import { memoryStore } from '../../../src/server/store/memory.js';
import type { Store, StoreChange } from '../../../src/server/store/store.js';

/** Numbered frames of the client, without their numbers. */
type Frame = Exclude<ClientFrame, { type: 'hello' }>;
type FrameOf<T extends ServerFrame['type']> = Extract<ServerFrame, { type: T }>;

export class DurableHub {
  now = 1_700_000_000_000;
  hub: Hub;
  readonly waits: Waits;
  readonly told = new Map<string, ServerFrame[]>();
  #starts = 0;
  #conns = 0;
  #waiting: StoreChange[] = [];
  #isBatching = false;

  constructor(
    waits: Partial<Waits> = {},
    readonly store: Store = memoryStore(),
  ) {
    this.waits = { ...WAITS, ...waits };
    this.hub = this.#start();
  }

  feed(input: HubInput): void {
    for (const effect of this.hub.handle(input, this.now)) {
      if (effect.type === 'persist') this.#waiting.push(...effect.entries);
      if (effect.type === 'transmit') this.told.get(effect.conn)?.push(effect.frame);
    }
    if (!this.#isBatching) this.#commit();
  }

  /** Keeps all that `work` changes with one commit, as when it arrives in one turn of the event loop. */
  batch(work: () => void): void {
    this.#isBatching = true;
    work();
    this.#isBatching = false;
    this.#commit();
  }

  /** Lets time pass, deadline by deadline. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (let at = this.hub.deadline(); at !== null && at <= end; at = this.hub.deadline()) {
      this.now = Math.max(this.now, at);
      this.feed({ type: 'tick' });
    }
    this.now = end;
  }

  /** The process ends without a word, and after `downMs` another one goes on with what was kept. */
  restart(downMs = 0): void {
    this.now += downMs;
    this.told.clear();
    this.hub = this.#start();
  }

  /** A device says hello on a new connection; with `resume` it goes on with a session. */
  connect(user: string, device: string, resume?: { session: string; ack: number }): Link {
    const conn = `conn-${++this.#conns}`;
    this.told.set(conn, []);
    this.feed({ type: 'open', conn });
    const hello = { type: 'hello' as const, token: '-', device, ...(resume === undefined ? {} : { resume }) };
    this.feed({ type: 'hello', conn, user, hello });
    return new Link(this, conn, resume !== undefined);
  }

  record(call: string, user: string): CallRecord | null {
    return this.hub.read(call, user);
  }

  /** Keys of all that is kept, sorted. */
  keys(): string[] {
    return [...this.store.load()].map(({ key }) => key).sort();
  }

  #start(): Hub {
    const rng = createRng(`start-${++this.#starts}`);
    const hub = new Hub({ waits: this.waits, policy: SOUND_POLICY, rng, durable: true });
    // Through JSON, as every store that outlives its process does it.
    hub.restore(JSON.parse(JSON.stringify([...this.store.load()])) as StoredEntry[], this.now);
    return hub;
  }

  #commit(): void {
    if (this.#waiting.length > 0) this.store.commit(this.#waiting);
    this.#waiting = [];
  }
}

/** A device on a connection. It acknowledges nothing by itself. */
export class Link {
  #seq = 0;

  constructor(
    readonly server: DurableHub,
    readonly conn: string,
    readonly isResumed: boolean,
  ) {
    this.#seq = this.welcome.resumed ? this.welcome.ack : 0;
  }

  get received(): readonly ServerFrame[] {
    return this.server.told.get(this.conn) ?? [];
  }

  all<T extends ServerFrame['type']>(type: T): FrameOf<T>[] {
    return this.received.filter((frame): frame is FrameOf<T> => frame.type === type);
  }

  get welcome(): FrameOf<'welcome'> {
    const welcome = this.all('welcome')[0];
    if (welcome === undefined) throw new Error(`no welcome on ${this.conn}: ${JSON.stringify(this.received)}`);
    return welcome;
  }

  /** The highest number that arrived. */
  get lastSeq(): number {
    return this.received.reduce((last, frame) => ('seq' in frame ? Math.max(last, frame.seq) : last), 0);
  }

  /** Phases of the records that events brought. */
  get phases(): string[] {
    return this.all('event').map(({ record }) => record.phase);
  }

  command(op: CommandName, call: string, { to, id }: { to?: string; id?: string } = {}): FrameOf<'result'> | undefined {
    const seq = ++this.#seq;
    const command = id ?? `${this.conn}-${seq}`;
    this.send({ type: 'command', seq, id: command, op, call, ...(to === undefined ? {} : { to }) });
    return this.all('result').findLast((result) => result.id === command);
  }

  receipt(call: string, version: number): void {
    this.send({ type: 'receipt', seq: ++this.#seq, call, version });
  }

  ack(seq = this.lastSeq): void {
    this.send({ type: 'ack', ack: seq });
  }

  send(frame: Frame): void {
    this.server.feed({ type: 'frame', conn: this.conn, frame });
  }

  /** Comes back to a server that was restarted, having received all up to `ack`. */
  resume(user: string, device: string, session: string, ack: number): Link {
    return this.server.connect(user, device, { session, ack });
  }
}
