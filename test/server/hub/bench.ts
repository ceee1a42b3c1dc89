/** A hub fed by hand: connections that say hello and number their frames, and what the hub wrote to each. */
import type { CallRecord, CommandName } from '../../../src/protocol/call.js';
import type { ClientFrame, ClientPayload, HelloFrame, ServerFrame } from '../../../src/protocol/frames.js';
import { WAITS, type Waits } from '../../../src/protocol/limits.js';
import type { Millis } from '../../../src/protocol/machine.js';
import { createRng } from '../../../src/protocol/rng.js';
import { Hub } from '../../../src/server/hub/hub.js';
import type { HubEffect, HubInput } from '../../../src/server/hub/io.js';
import { type HubPolicy, SOUND_POLICY } from '../../../src/server/hub/policy.js';

export class Bench {
  now: Millis = 1_000;
  readonly hub: Hub;
  readonly effects: HubEffect[] = [];
  readonly #seqs = new Map<string, number>();
  #commands = 0;

  constructor(waits: Partial<Waits> = {}, policy: HubPolicy = SOUND_POLICY) {
    this.hub = new Hub({ waits: { ...WAITS, ...waits }, policy, rng: createRng('bench') });
  }

  put(input: HubInput): readonly HubEffect[] {
    const effects = this.hub.handle(input, this.now);
    this.effects.push(...effects);
    return effects;
  }

  open(conn: string): void {
    this.put({ type: 'open', conn });
  }

  hello(conn: string, user: string, device = 'phone', resume?: HelloFrame['resume']): readonly HubEffect[] {
    this.#seqs.set(conn, resume === undefined ? 0 : (this.#seqs.get(conn) ?? 0));
    const hello: HelloFrame = { type: 'hello', token: 't', device, ...(resume === undefined ? {} : { resume }) };
    return this.put({ type: 'hello', conn, user, hello });
  }

  /** Opens a connection named after the user and greets; returns the welcome. */
  join(conn: string, user = conn, device = 'phone'): Extract<ServerFrame, { type: 'welcome' }> {
    this.open(conn);
    this.hello(conn, user, device);
    const welcome = this.sent(conn, 'welcome').at(-1);
    if (welcome === undefined) throw new Error(`${conn} got no welcome`);
    return welcome;
  }

  /** Sends the next numbered frame of a connection. */
  say(conn: string, payload: ClientPayload): readonly HubEffect[] {
    const seq = (this.#seqs.get(conn) ?? 0) + 1;
    this.#seqs.set(conn, seq);
    return this.put({ type: 'frame', conn, frame: { ...payload, seq } as Exclude<ClientFrame, HelloFrame> });
  }

  /** Gives a command and returns its result. */
  command(
    conn: string,
    op: CommandName,
    call: string,
    to?: string,
    id = `m-${++this.#commands}`,
  ): Extract<ServerFrame, { type: 'result' }> {
    this.say(conn, { type: 'command', id, op, call, ...(to === undefined ? {} : { to }) });
    const result = this.sent(conn, 'result').at(-1);
    if (result?.id !== id) throw new Error(`${conn} got no result of ${op}`);
    return result;
  }

  /** What the hub wrote to a connection, of one type. */
  sent<T extends ServerFrame['type']>(conn: string, type: T): Extract<ServerFrame, { type: T }>[] {
    return this.effects
      .flatMap((effect) => (effect.type === 'transmit' && effect.conn === conn ? [effect.frame] : []))
      .filter((frame): frame is Extract<ServerFrame, { type: T }> => frame.type === type);
  }

  /** The names under which the hub closed a connection. */
  closes(conn: string): string[] {
    return this.effects.flatMap((effect) => (effect.type === 'close' && effect.conn === conn ? [effect.close] : []));
  }

  record(call: string, user = 'alice'): CallRecord | null {
    return this.hub.read(call, user);
  }

  /** Lets time pass, with the ticks that the hub asks for. */
  run(ms: Millis): void {
    const end = this.now + ms;
    for (let at = this.hub.deadline(); at !== null && at <= end; at = this.hub.deadline()) {
      this.now = at;
      this.put({ type: 'tick' });
    }
    this.now = end;
  }
}

/** alice has called bob, who answered on his phone. */
export function connectedBench(waits: Partial<Waits> = {}, policy: HubPolicy = SOUND_POLICY): Bench {
  const bench = new Bench(waits, policy);
  for (const user of ['alice', 'bob']) bench.join(user);
  bench.command('alice', 'invite', 'c-1', 'bob');
  bench.command('bob', 'ring', 'c-1');
  bench.command('bob', 'accept', 'c-1');
  return bench;
}
