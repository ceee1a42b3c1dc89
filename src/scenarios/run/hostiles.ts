/** The hostile agents of one repetition: what they do step by step, out of what the others have said so far. */
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

/** The name under which the trace tells of steps of hostile agents that came to nothing. */
const STEP_NAME = 'hostile';

/** Messages after which others get their turn. */
const IN_A_ROW_MAX = 32;

/** How many kinds of messages of all devices are remembered, the latest of each. */
const REMEMBERED_MAX = 1_000;

/** Calls whose ids are remembered. */
const CALLS_MAX = 1_000;

export interface HostilesOptions extends Omit<HostileOptions, 'address' | 'token' | 'changed'> {
  readonly seed: string;
  readonly changed: () => void;
  /** Whether the repetition is cut short. */
  readonly isOver: () => boolean;
}

export class Hostiles {
  readonly #options: HostilesOptions;
  readonly #agents = new Map<string, { readonly hostile: Hostile; readonly token: string; turn: Promise<void> }>();
  /** The ids of the calls of the others, first one first. */
  readonly #calls: string[] = [];
  /** The latest message of each device, way, kind and reason. */
  readonly #heard = new Map<string, Stamp & LiveWire>();
  readonly #rng: Rng;

  constructor(options: HostilesOptions) {
    this.#options = options;
    this.#rng = createRng(options.seed).fork('hostile');
  }

  /** Adds an agent with its token. From the first one on they read what the others write. */
  add(agent: string, token: string): void {
    if (this.#agents.size === 0) this.#options.bus.subscribe((event) => this.#listen(event));
    const address = { user: agent, device: DEFAULTS.device };
    this.#agents.set(agent, {
      hostile: createHostile({ ...this.#options, address, token }),
      token,
      turn: Promise.resolve(),
    });
  }

  /** Whether any of them has said anything. */
  get haveSpoken(): boolean {
    return [...this.#agents.values()].some(({ hostile }) => hostile.last !== null);
  }

  /** Waits until the target has told everything; says why when it answers no more after one of them has spoken, else null. */
  async settled(target: Target): Promise<string | null> {
    try {
      await target.settle();
      return null;
    } catch (error) {
      if (!this.haveSpoken || !(error instanceof TargetError) || target.fault() !== null) throw error;
      return error.message;
    }
  }

  /** Does what a step says, after what earlier steps had this agent do. `text` tells of it. */
  act(agent: string, act: HostileAct, text: string): Promise<void> {
    const own = this.#agents.get(agent);
    if (own === undefined) throw new Error(`no hostile agent ${agent} in this scenario`);
    own.turn = own.turn.then(() => this.#act(agent, own.hostile, own.token, act, text));
    return own.turn;
  }

  /** Whether the connections stand as they are expected to. */
  areSo(expectations: readonly ConnectionExpectation[]): boolean {
    return expectations.every(({ agent, anyOf }) => {
      const standing = this.#agents.get(agent)?.hostile.standing ?? null;
      if (standing === null) return false;
      return anyOf.some((spec) =>
        spec.open ? standing.open : !standing.open && (spec.code === null || spec.code === standing.code),
      );
    });
  }

  /** `mallory=closed(4400)`: how they stand. */
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

  /** Says a message several times, up to the one at which it is thrown out. */
  async #say(hostile: Hostile, times: number, text: string, next: () => string | null): Promise<void> {
    if (next() === null) return this.#idle(hostile, `${text}: there is no such message or call yet`);
    await hostile.comeBack();
    let said = 0;
    for (; said < times && !this.#options.isOver(); said++) {
      const message = next();
      if (message === null || !(await hostile.say(message))) break;
      if (said % IN_A_ROW_MAX === IN_A_ROW_MAX - 1) await new Promise((resolve) => setImmediate(resolve));
    }
    if (said === 0) return this.#idle(hostile, `${text}: no connection could be had`);
    if (said < times) this.#log(hostile, `${text}: thrown out after ${said} of ${times} messages`);
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
    if (said === 0) this.#idle(hostile, `${text}: no connection could be had`);
  }
  #mutations = 0;

  /** The latest message of that kind, numbered as this agent's own. It does not know what others log in with. */
  #again(trigger: Trigger, hostile: Hostile): string | null {
    let latest: (Stamp & LiveWire) | null = null;
    for (const event of this.#heard.values()) {
      const { node, dir, kind, reason = null } = event;
      const isMeant = matches(trigger, { node, dir, kind, reason });
      if (isMeant && (latest === null || event.n > latest.n)) latest = event;
    }
    const frame = latest === null ? null : withoutSecrets(latest.text);
    if (typeof frame !== 'object' || frame === null) return null;
    return JSON.stringify('seq' in frame ? { ...frame, seq: hostile.nextSeq } : frame);
  }

  /** The message with its placeholders filled in; null when there is no such call yet. */
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
    if (this.#heard.size < REMEMBERED_MAX || this.#heard.has(key)) this.#heard.set(key, event);
  }

  #isHostile(node: string): boolean {
    return this.#agents.has(node.split('/')[0] ?? '');
  }

  /** A step that came to nothing: it is told like a fault that never took effect, so that the run claims nothing about it. */
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

/** A message of somebody else without the token and the session that it may hold; null for one that is no JSON. */
function withoutSecrets(text: string): unknown {
  try {
    return JSON.parse(text, (key, value: unknown) => (key === 'token' || key === 'session' ? 'unknown' : value));
  } catch {
    return null;
  }
}
