/** The faults of one repetition: armed by their steps, begun at their moment, ended, and all healed before the run is judged. */
import type { Layer } from '../../../faults/fault.js';
import { faultNamed } from '../../../faults/index.js';
import { isMoment } from '../../../faults/trigger.js';
import { createRng } from '../../../protocol/rng.js';
import type { Bus, LiveEvent } from '../../../trace/bus.js';
import type { Absence, FaultEvent } from '../../../trace/event.js';
import type { FaultStep, Healed } from '../../language/plan.js';
import { injectClock } from './clocks.js';
import { injectConnection } from './connections.js';
import { type ActiveFault, type FaultContext, type FaultReport, type Injector, nodeOf } from './injector.js';
import { injectLink } from './links.js';
import { injectMedia } from './media.js';
import { injectMessage } from './messages.js';
import { injectProcess } from './processes.js';
import { injectServer } from './servers.js';

const INJECTORS: Readonly<Partial<Record<Layer, Injector>>> = {
  message: injectMessage,
  connection: injectConnection,
  link: injectLink,
  media: injectMedia,
  process: injectProcess,
  clock: injectClock,
  server: injectServer,
};

export interface FaultsOptions extends Omit<FaultContext, 'ordinalOf'> {
  readonly bus: Bus;
  readonly seed: string;
  /** Called when a fault is over. */
  changed(): void;
  /** Called when a fault without a waiting step could not be applied. */
  failed(error: unknown): void;
}

/** An armed fault. */
interface Armed {
  readonly step: FaultStep;
  /** Number of its event in the trace. */
  readonly n: number;
  readonly name: string;
  readonly timers: Set<NodeJS.Timeout>;
  readonly works: Set<Running>;
  moments: number;
  begun: number;
  isDisarmed: boolean;
}

/** An occurrence of it that is not over. */
interface Running {
  work: ActiveFault | null;
  hit: number | null;
  endTimer: NodeJS.Timeout | null;
  isOver: boolean;
}

export class Faults {
  readonly #options: FaultsOptions;
  readonly #context: FaultContext;
  readonly #armed = new Set<Armed>();
  readonly #ordinals = new Map<string, number>();
  readonly #sameSteps = new Map<string, number>();
  #hits = 0;
  #startedAt: number | null = null;

  /** Subscribes to the bus: a fault begins while its moment is published, before anything can react to it. */
  constructor(options: FaultsOptions) {
    this.#options = options;
    this.#context = { ...options, ordinalOf: (call) => this.#ordinals.get(call) ?? null };
    options.bus.subscribe((event) => this.#look(event));
  }

  /** Whether no fault that ends by itself is still active. */
  get areOver(): boolean {
    return [...this.#armed].every(({ works }) => [...works].every(({ work }) => work?.isBounded === false));
  }

  /** Whether any fault took effect, so that devices may have to reconnect first. */
  get haveHit(): boolean {
    return this.#hits > 0;
  }

  /** The first step begins: `at` counts from here. */
  start(): void {
    this.#startedAt = this.#options.clock.now();
  }

  /** Begins a fault, or arms it for its moment. Rejects with a TargetError if the target cannot continue. */
  async inject(step: FaultStep): Promise<void> {
    const { when } = step;
    const armed: Armed = {
      step,
      n: this.#record(nodeOf(step.fault), step, { act: 'armed', cause: null, message: step.text }),
      name: this.#nameOf(step),
      timers: new Set(),
      works: new Set(),
      moments: 0,
      begun: 0,
      isDisarmed: false,
    };
    this.#armed.add(armed);
    if (when.on !== null) return;
    const { clock } = this.#options;
    const waitMs = when.atMs === null ? when.afterMs : Math.max(0, (this.#startedAt ?? clock.now()) + when.atMs - clock.now());
    if (waitMs > 0) this.#later(armed, waitMs, () => this.#beginAlone(armed, null));
    else await this.#begin(armed, null)?.done;
  }

  /** No fault begins any more; active ones continue. */
  disarm(): void {
    for (const armed of this.#armed) this.#disarm(armed);
  }

  /** Whether no fault is active except those with `heal: never`. */
  get areHealed(): boolean {
    return [...this.#armed].every(({ step, works }) => !step.when.heals || works.size === 0);
  }

  /** Ends active faults except those with `heal: never`. */
  healRest(): void {
    for (const { step, works } of this.#armed) if (step.when.heals) for (const { work } of [...works]) work?.heal();
  }

  /** Ends all faults. */
  healAll(): void {
    for (const armed of this.#armed) this.#end(armed);
  }

  /** Ends the faults that a step names, including armed ones. */
  heal(healed: Healed): void {
    for (const armed of this.#armed) if (isMeant(healed, armed.step)) this.#end(armed);
  }

  /** Stops all timers and recording. */
  stop(): void {
    for (const armed of this.#armed) {
      this.#disarm(armed);
      for (const { endTimer, work } of armed.works) {
        if (endTimer !== null) clearTimeout(endTimer);
        work?.stop?.();
      }
    }
  }

  /** The seed of a fault: its text and the number of equal ones before it, so that other steps do not change its draws. */
  #nameOf({ text }: FaultStep): string {
    const count = (this.#sameSteps.get(text) ?? 0) + 1;
    this.#sameSteps.set(text, count);
    return `${text} ${count}`;
  }

  #look(event: LiveEvent): void {
    if ('call' in event && typeof event.call === 'string' && !this.#ordinals.has(event.call)) {
      this.#ordinals.set(event.call, this.#ordinals.size + 1);
    }
    if (event.type !== 'wire') return;
    for (const armed of this.#armed) {
      const { on, until, nth, times } = armed.step.when;
      if (until !== null && armed.begun > 0 && isMoment(until, event)) {
        this.#end(armed);
        continue;
      }
      if (on === null || armed.isDisarmed || !isMoment(on, event)) continue;
      armed.moments += 1;
      const isMessage = armed.step.fault.layer === 'message';
      // For message faults `nth` and `times` count messages; the fault begins once.
      if (isMessage ? armed.begun > 0 : armed.moments < nth || (times !== null && armed.begun >= times)) continue;
      const { afterMs } = armed.step.when;
      if (afterMs > 0) this.#later(armed, afterMs, () => this.#beginAlone(armed, event.n));
      else this.#beginAlone(armed, event.n);
    }
  }

  /** Begins a fault without a waiting step. */
  #beginAlone(armed: Armed, moment: number | null): void {
    this.#begin(armed, moment)?.done?.catch((error: unknown) => this.#options.failed(error));
  }

  /** Begins once, or returns null if its probability decides against it. */
  #begin(armed: Armed, moment: number | null): ActiveFault | null {
    const { step, works } = armed;
    const { when, fault } = step;
    if (armed.isDisarmed) return null;
    armed.begun += 1;
    const rng = createRng(this.#options.seed).fork(`fault ${armed.name} ${armed.begun}`);
    if (when.everyMs !== null && (when.times === null || armed.begun < when.times)) {
      this.#later(armed, when.everyMs, () => this.#beginAlone(armed, null));
    }
    if (fault.layer !== 'message' && when.probability !== null && rng.next() >= when.probability) return null;
    const inject = INJECTORS[fault.layer];
    if (inject === undefined) throw new Error(`no injector for faults of the layer ${fault.layer}`);
    const running: Running = { work: null, hit: null, endTimer: null, isOver: false };
    works.add(running);
    const work = inject(this.#context, {
      ...{ fault, when, rng, id: `${armed.name} ${armed.begun}` },
      report: this.#reportOf(armed, running, moment),
    });
    // Faults of a network last as long as the steps.
    running.work = step.path.startsWith('network') ? { ...work, isBounded: false } : work;
    if (running.isOver) return work;
    if (when.forMs !== null) {
      running.work = { ...work, isBounded: true };
      running.endTimer = setTimeout(() => work.heal(), when.forMs);
    }
    return work;
  }

  #reportOf({ step, n, works }: Armed, running: Running, moment: number | null): FaultReport {
    let last = n;
    return {
      hit: (what, { target = moment, struck = null, node = nodeOf(step.fault) } = {}) => {
        this.#hits++;
        const hit = this.#record(node, step, { act: 'hit', cause: n, message: what, target, struck });
        running.hit ??= hit;
        last = hit;
      },
      over: (what) => {
        running.isOver = true;
        if (running.endTimer !== null) clearTimeout(running.endTimer);
        works.delete(running);
        if (running.hit !== null) {
          last = this.#record(nodeOf(step.fault), step, { act: 'healed', cause: running.hit, message: what });
        }
        this.#options.changed();
      },
      failed: (error) => this.#options.failed(error),
      note: (message, data) => {
        const { bus, clock } = this.#options;
        bus.publish(nodeOf(step.fault), clock.now(), last, { type: 'log', level: 'info', message, data });
      },
    };
  }

  #end(armed: Armed): void {
    this.#disarm(armed);
    for (const { work } of [...armed.works]) work?.heal();
  }

  #disarm(armed: Armed): void {
    armed.isDisarmed = true;
    for (const timer of armed.timers) clearTimeout(timer);
    armed.timers.clear();
  }

  #later({ timers }: Armed, ms: number, then: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      then();
    }, ms);
    timers.add(timer);
  }

  #record(
    node: string,
    { fault }: FaultStep,
    { cause, ...body }: Pick<FaultEvent, 'act' | 'message'> & { cause: number | null } & Partial<FaultEvent>,
  ): number {
    const { bus, clock } = this.#options;
    const name = fault.parts.map((part) => part.name).join('+');
    const absence = body.act === 'hit' ? absenceOf(fault) : null;
    return bus.publish(node, clock.now(), cause, {
      type: 'fault',
      fault: name,
      layer: fault.layer,
      target: null,
      struck: null,
      absence,
      ...body,
    });
  }
}

/** The strongest absence of several combined faults. */
function absenceOf({ parts, layer }: FaultStep['fault']): Absence {
  const absences = parts.map(({ name }) => faultNamed(name, layer)?.absence ?? null);
  return absences.find((absence) => absence === 'until-registered') ?? absences.find((absence) => absence !== null) ?? null;
}

function isMeant(healed: Healed, { fault: { target } }: FaultStep): boolean {
  if (healed.what === 'all') return true;
  if (healed.what === 'server' || target.on === 'server') return healed.what === target.on;
  if (target.on === 'messages') {
    const { user, device } = target.match.trigger;
    if (healed.what === 'agent') return user === healed.user && (healed.device === null || device === healed.device);
    return healed.what === 'signaling' && user === healed.device.user && (device === null || device === healed.device.device);
  }
  const { user, device } = target.device;
  if (healed.what === 'agent') return user === healed.user && (healed.device === null || device === healed.device);
  return healed.what === target.on && user === healed.device.user && device === healed.device.device;
}
