/** The hostile agents of one repetition: their actions, based on the messages of the others so far. */
import { mutated } from '../../faults/mutation.js';
import { matches, type Trigger } from '../../faults/trigger.js';
import { createHostile, type Hostile, type HostileOptions } from '../../probe/device/hostile.js';
import { type Target, TargetError } from '../../probe/targets/target.js';
import { createRng, drawId, type Rng } from '../../protocol/rng.js';
import type { LiveEvent, LiveWire } from '../../trace/bus.js';
import type { Stamp } from '../../trace/event.js';
import { readPlaceholder } from '../language/hostile-words.js';
import { LANGUAGE_DEFAULTS as DEFAULTS } from '../language/limits.js';
import type { ConnectionExpectation, HostileAct } from '../language/plan.js';

/** The name of hostile steps without an effect in the trace. */
const STEP_NAME = 'hostile';

/** Number of messages after which other agents get their turn. */
const IN_A_ROW_MAX = 32;

/** Maximum number of kinds of messages to keep, the latest of each. */
const REMEMBERED_MAX = 1_000;

/** Maximum number of call ids to keep. */
const CALLS_MAX = 1_000;

export interface HostilesOptions extends Omit<HostileOptions, 'address' | 'token' | 'changed'> {
  readonly seed: string;
  readonly changed: () => void;
  /** Whether the repetition has been stopped. */
  readonly isOver: () => boolean;
}

export class Hostiles {
  readonly #options: HostilesOptions;
  readonly #agents = new Map<string, { readonly hostile: Hostile; readonly token: string; turn: Promise<void> }>();
  /** The ids of the calls of the other agents, oldest first. */
  readonly #calls: string[] = [];
  /** The latest message of each device, direction, kind and reason. */
  readonly #latest = new Map<string, Stamp & LiveWire>();
  readonly #rng: Rng;

  constructor(options: HostilesOptions) {
    this.#options = options;
    this.#rng = createRng(options.seed).fork('hostile');
  }

  /** Adds an agent with its token. From the first one on, messages of the other agents are collected. */
  add(agent: string, token: string): void {
    if (this.#agents.size === 0) this.#options.bus.subscribe((event) => this.#listen(event));
    const address = { user: agent, device: DEFAULTS.device };
    this.#agents.set(agent, {
      hostile: createHostile({ ...this.#options, address, token }),
      token,
      turn: Promise.resolve(),
    });
  }

  /** Whether any of them has sent anything. */
  get haveSpoken(): boolean {
    return [...this.#agents.values()].some(({ hostile }) => hostile.last !== null);
  }

  /** Waits until the target has reported everything; returns why it stopped answering after a hostile message, or null. */
  async settled(target: Target): Promise<string | null> {
    try {
      await target.settle();
      return null;
    } catch (error) {
      if (!this.haveSpoken || !(error instanceof TargetError) || target.fault() !== null) throw error;
      return error.message;
    }
  }

  /** Performs a step, after the earlier steps of this agent. `text` describes it. */
  act(agent: string, act: HostileAct, text: string): Promise<void> {
    const own = this.#agents.get(agent);
    if (own === undefined) throw new Error(`no hostile agent ${agent} in this scenario`);
    own.turn = own.turn.then(() => this.#act(agent, own.hostile, own.token, act, text));
    return own.turn;
  }

  /** Whether the connections have the expected states. */
  areSo(expectations: readonly ConnectionExpectation[]): boolean {
    return expectations.every(({ agent, anyOf }) => {
      const standing = this.#agents.get(agent)?.hostile.standing ?? null;
      if (standing === null) return false;
      return anyOf.some((spec) =>
        spec.open ? standing.open : !standing.open && (spec.code === null || spec.code === standing.code),
      );
    });
  }

  /** Their states: `mallory=closed(4400)`. */
  standingText(expectations: readonly ConnectionExpectation[]): string {
    return expectations
      .map(({ agent }) => {
        const standing = this.#agents.get(agent)?.hostile.standing ?? null;
        return `${agent}=${standing === null ? 'never connected' : standing.open ? 'open' : `closed(${standing.code})`}`;
      })
      .join(' ');
  }

  stop(): void {
    for (const { hostile } of this.#agents.values()) hostile.stop();
  }

  async #act(agent: string, hostile: Hostile, token: string, act: HostileAct, text: string): Promise<void> {
    switch (act.do) {
      case 'connect':
        return hostile.connect();
      case 'log in':
        return hostile.logIn();
      case 'leave':
        return hostile.leave();
      case 'send': {
        const { message } = act;
        const filled = (): string | null =>
          typeof message === 'string' ? message : this.#filled(message, hostile, agent, token);
        return this.#say(hostile, act.times, text, filled);
      }
      case 'replay':
        return this.#say(hostile, act.times, text, () => this.#again(act.trigger, hostile));
      case 'repeat': {
        const { last } = hostile;
        return this.#say(hostile, act.times, text, () => last);
      }
      case 'mutate':
        return this.#mutate(hostile, act.trigger, act.times, text);
    }
  }

  /** Sends a message several times, until the server disconnects the agent. */
  async #say(hostile: Hostile, times: number, text: string, next: () => string | null): Promise<void> {
    if (next() === null) return this.#idle(hostile, `${text}: there is no such message or call yet`);
    await hostile.comeBack();
    let said = 0;
    for (; said < times && !this.#options.isOver(); said++) {
      const message = next();
      if (message === null || !(await hostile.say(message))) break;
      if (said % IN_A_ROW_MAX === IN_A_ROW_MAX - 1) await new Promise((resolve) => setImmediate(resolve));
    }
    if (said === 0) return this.#idle(hostile, `${text}: no connection`);
    if (said < times) this.#log(hostile, `${text}: disconnected after ${said} of ${times} messages`);
  }

  async #mutate(hostile: Hostile, trigger: Trigger, times: number, text: string): Promise<void> {
    const rng = this.#rng.fork(`${hostile.address.user} ${text} ${++this.#mutations}`);
    if (this.#again(trigger, hostile) === null) return this.#idle(hostile, `${text}: there is no such message yet`);
    let said = 0;
    for (let time = 0; time < times && !this.#options.isOver(); time++) {
      await hostile.comeBack();
      const mutation = mutated(this.#again(trigger, hostile) ?? '', rng);
      this.#log(hostile, mutation.summary);
      if (!(await hostile.say(mutation.text))) continue;
      said += 1;
      await hostile.reaction();
    }
    if (said === 0) this.#idle(hostile, `${text}: no connection`);
  }
  #mutations = 0;

  /** The latest message of that kind, with this agent's own number. Credentials of others are left out. */
  #again(trigger: Trigger, hostile: Hostile): string | null {
    let latest: (Stamp & LiveWire) | null = null;
    for (const event of this.#latest.values()) {
      const { node, dir, kind, reason = null } = event;
      const isMeant = matches(trigger, { node, dir, kind, reason });
      if (isMeant && (latest === null || event.n > latest.n)) latest = event;
    }
    const frame = latest === null ? null : withoutSecrets(latest.text);
    if (typeof frame !== 'object' || frame === null) return null;
    return JSON.stringify('seq' in frame ? { ...frame, seq: hostile.nextSeq } : frame);
  }

  /** The message with its placeholders filled in; null if the call does not exist yet. */
  #filled(message: Readonly<Record<string, unknown>>, hostile: Hostile, agent: string, token: string): string | null {
    let isWhole = true;
    const fill = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(fill);
      if (typeof value === 'object' && value !== null) {
        return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, fill(part)]));
      }
      const read = typeof value === 'string' ? readPlaceholder(value) : null;
      if (read === null || !read.ok) return value;
      switch (read.value.name) {
        case 'seq':
          return hostile.nextSeq;
        case 'id':
          return `x-${drawId(read.value.of === null ? this.#rng : this.#rng.fork(`id ${read.value.of}`), 2)}`;
        case 'user':
          return agent;
        case 'device':
          return hostile.address.device;
        case 'token':
          return token;
        case 'call': {
          const { nth } = read.value;
          const call = nth === null ? this.#calls.at(-1) : this.#calls[nth - 1];
          if (call === undefined) isWhole = false;
          return call ?? '';
        }
      }
    };
    const filled = JSON.stringify(fill(message));
    return isWhole ? filled : null;
  }

  #listen(event: LiveEvent): void {
    if (event.type === 'action' && event.action === 'call' && event.call !== null) {
      if (this.#calls.length < CALLS_MAX && !this.#calls.includes(event.call)) this.#calls.push(event.call);
      return;
    }
    if (event.type !== 'wire' || event.node === 'server' || this.#isHostile(event.node)) return;
    const key = `${event.node} ${event.dir} ${event.kind} ${event.reason ?? ''}`;
    if (this.#latest.size < REMEMBERED_MAX || this.#latest.has(key)) this.#latest.set(key, event);
  }

  #isHostile(node: string): boolean {
    return this.#agents.has(node.split('/')[0] ?? '');
  }

  /** A step without an effect: it is recorded like a fault that never took effect, so that the run is unknown. */
  #idle(hostile: Hostile, message: string): void {
    const fault = {
      type: 'fault',
      fault: STEP_NAME,
      layer: null,
      act: 'armed',
      target: null,
      message,
      absence: null,
      struck: null,
    } as const;
    this.#record(hostile, fault);
  }

  #log(hostile: Hostile, message: string): void {
    this.#record(hostile, { type: 'log', level: 'info', message, data: {} });
  }

  #record(hostile: Hostile, body: Parameters<HostilesOptions['bus']['publish']>[3]): void {
    const { bus, clock } = this.#options;
    bus.publish(`${hostile.address.user}/${hostile.address.device}`, clock.now(), null, body);
  }
}

/** A message of another agent without its token and session; null if it is not JSON. */
function withoutSecrets(text: string): unknown {
  try {
    return JSON.parse(text, (key, value: unknown) => (key === 'token' || key === 'session' ? 'unknown' : value));
  } catch {
    return null;
  }
}
