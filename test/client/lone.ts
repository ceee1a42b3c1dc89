/** One agent without a server: the test plays the server, frame by frame. */
import { Agent } from '../../src/client/agent.js';
import { type AgentDecisions, SOUND_DECISIONS } from '../../src/client/decisions.js';
import type { AgentEffect, AgentInput } from '../../src/client/io.js';
import { type ReplicaPolicy, SOUND_REPLICA } from '../../src/client/replica.js';
import type { ClientEffect } from '../../src/probe/adapter/client-io.js';
import type { UserAction } from '../../src/protocol/actions.js';
import type { CallRecord } from '../../src/protocol/call.js';
import type { ClientFrame, ServerFrame, WelcomeFrame } from '../../src/protocol/frames.js';
import { WAITS } from '../../src/protocol/limits.js';
import type { Millis } from '../../src/protocol/machine.js';
import { createRng } from '../../src/protocol/rng.js';
import { viewText } from '../world.js';

export const WELCOME: WelcomeFrame = {
  type: 'welcome',
  session: 's-1',
  resumed: false,
  ack: 0,
  time: 5_000,
  heartbeatMs: WAITS.heartbeatMs,
  calls: [],
};

export class Lone {
  now: Millis = 100;
  readonly agent: Agent;
  readonly effects: AgentEffect[] = [];
  readonly rng = createRng('lone');
  /** Number of the connection that the agent has, or is opening. */
  conn = 0;
  #seq = 0;

  constructor(
    name = 'bob/phone',
    media = false,
    decisions: AgentDecisions = SOUND_DECISIONS,
    policy: ReplicaPolicy = SOUND_REPLICA,
  ) {
    const [user = '', device = ''] = name.split('/');
    const options = { address: { user, device }, token: user, waits: WAITS, policy, media, decisions };
    this.agent = new Agent({ ...options, rng: this.rng });
  }

  put(input: AgentInput): AgentEffect[] {
    const effects = [...this.agent.handle(input, this.now)];
    for (const effect of effects) if (effect.type === 'connect') this.conn = effect.conn;
    this.effects.push(...effects);
    return effects;
  }

  act(verb: UserAction, callee?: string): AgentEffect[] {
    return this.put({ type: 'act', verb, ...(callee === undefined ? {} : { callee }) });
  }

  /** Opens the connection under way and greets it. */
  welcome(welcome: Partial<WelcomeFrame> = {}): AgentEffect[] {
    if (welcome.resumed !== true) this.#seq = 0;
    this.put({ type: 'opened', conn: this.conn });
    return this.frame({ ...WELCOME, ...welcome });
  }

  online(calls: CallRecord[] = []): this {
    this.act('open');
    this.welcome({ calls });
    return this;
  }

  frame(frame: ServerFrame): AgentEffect[] {
    return this.put({ type: 'frame', conn: this.conn, frame });
  }

  /** Sends the next numbered event with a record. */
  event(record: CallRecord): AgentEffect[] {
    const cause = { move: 'invite', by: null, command: null } as const;
    return this.frame({ type: 'event', seq: ++this.#seq, record, cause });
  }

  result(
    id: string,
    record: CallRecord | null,
    refused: Extract<ServerFrame, { type: 'result' }>['refused'] = null,
  ): AgentEffect[] {
    return this.frame({ type: 'result', seq: ++this.#seq, id, ok: refused === null, refused, record });
  }

  close(code = 1006): AgentEffect[] {
    return this.put({ type: 'closed', conn: this.conn, code, reason: '' });
  }

  /** Lets time pass, with the ticks that the agent asks for. */
  run(ms: Millis): AgentEffect[] {
    const before = this.effects.length;
    const end = this.now + ms;
    for (let at = this.agent.deadline(); at !== null && at <= end; at = this.agent.deadline()) {
      this.now = at;
      this.put({ type: 'tick' });
    }
    this.now = end;
    return this.effects.slice(before);
  }

  get view(): string {
    return viewText(this.agent.shown);
  }
}

/** The frames among effects, of one type. */
export function framesOf<T extends ClientFrame['type']>(
  effects: readonly AgentEffect[],
  type: T,
): Extract<ClientFrame, { type: T }>[] {
  return effects
    .flatMap((effect) => (effect.type === 'transmit' ? [effect.frame] : []))
    .filter((frame): frame is Extract<ClientFrame, { type: T }> => frame.type === type);
}

/** The actions among effects that the app did not carry out, each with why. */
export function refusalsOf(effects: readonly (AgentEffect | ClientEffect)[]): string[] {
  return effects.flatMap((effect) =>
    effect.type === 'action' && effect.refused !== undefined ? [`${effect.action}: ${effect.refused}`] : [],
  );
}

/** The codes of the violations among effects. */
export function violationsOf(effects: readonly AgentEffect[]): string[] {
  return effects.flatMap((effect) => (effect.type === 'violation' ? [effect.code] : []));
}
