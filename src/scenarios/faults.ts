/** The faults of one repetition: made ready by their steps, fired at their moment, and all over before anything is judged. */
import { type Disconnect, disconnect } from '../faults/disconnect.js';
import type { RestartServer } from '../faults/restart-server.js';
import { isMoment, type Trigger } from '../faults/trigger.js';
import type { Device } from '../probe/driver.js';
import type { Clock } from '../probe/ports.js';
import type { Target } from '../probe/targets/target.js';
import { type Address, addressOf } from '../protocol/address.js';
import type { FaultEvent, TraceEvent } from '../trace/event.js';
import type { Recorder } from '../trace/recorder.js';
import { SERVER } from '../trace/replay.js';
import type { FaultStep } from './plan.js';

export interface FaultsOptions {
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly target: Target;
  readonly device: (address: Address) => Device;
  /** Called when a fault is over, so that whoever waits for that can look again. */
  readonly changed: () => void;
}

interface Armed {
  readonly trigger: Trigger;
  readonly fire: (moment: number) => void;
}

export class Faults {
  readonly #options: FaultsOptions;
  readonly #armed = new Set<Armed>();
  #running = 0;
  #hits = 0;

  /** Watches the recorder from now on: a fault fires inside the call that records its moment, before anybody can react to it. */
  constructor(options: FaultsOptions) {
    this.#options = options;
    options.recorder.subscribe((event) => this.#look(event));
  }

  /** Whether nothing that was fired is still at work. */
  get areOver(): boolean {
    return this.#running === 0;
  }

  /** Whether any took effect, so that devices may have to come back first. */
  get haveHit(): boolean {
    return this.#hits > 0;
  }

  /** Does a fault, or makes it ready for its moment. Rejects with a TargetError when the target can't go on. */
  async inject({ fault, trigger, text }: FaultStep): Promise<void> {
    if (fault.fault !== 'disconnect') return this.#restart(fault, text);
    const node = addressOf(fault.device);
    const armed = this.#record(node, fault.fault, 'armed', null, text);
    const fire = (moment: number | null): void => this.#disconnect(fault, armed, moment);
    if (trigger === null) fire(null);
    else this.#armed.add({ trigger, fire });
  }

  /** From now on nothing fires any more; what is at work goes on to its end. */
  disarm(): void {
    this.#armed.clear();
  }

  #look(event: TraceEvent): void {
    for (const armed of [...this.#armed]) {
      if (!isMoment(armed.trigger, event)) continue;
      this.#armed.delete(armed);
      armed.fire(event.n);
    }
  }

  #disconnect(fault: Disconnect, armed: number, moment: number | null): void {
    const node = addressOf(fault.device);
    const link = `${node}.signaling`;
    let hit: number | null = null;
    this.#running++;
    this.#options.device(fault.device).cut(fault.ms, {
      hit: (what) => {
        this.#hits++;
        hit = this.#record(node, disconnect.name, 'hit', armed, `${link}: ${what}`, moment);
      },
      healed: () => {
        this.#running--;
        if (hit !== null) this.#record(node, disconnect.name, 'healed', hit, `${link} can be connected again`);
        this.#options.changed();
      },
    });
  }

  async #restart({ fault, signal }: RestartServer, text: string): Promise<void> {
    const { target, recorder, clock } = this.#options;
    const armed = this.#record(SERVER, fault, 'armed', null, text);
    let hit: number | null = null;
    this.#running++;
    try {
      const { pid, formerPid, downMs } = await target.restart(signal, (former) => {
        this.#hits++;
        hit = this.#record(SERVER, fault, 'hit', armed, `process ${former} of the server got ${signal}`);
      });
      const healed = this.#record(SERVER, fault, 'healed', hit, `the server listens again after ${Math.round(downMs)} ms`);
      const data = { pid, formerPid, signal, downMs: Math.round(downMs) };
      recorder.record(SERVER, clock.now(), healed, { type: 'log', level: 'info', message: 'server restarted', data });
    } finally {
      this.#running--;
    }
  }

  #record(
    node: string,
    fault: string,
    act: FaultEvent['act'],
    cause: number | null,
    message: string,
    target: number | null = null,
  ): number {
    const { recorder, clock } = this.#options;
    return recorder.record(node, clock.now(), cause, { type: 'fault', fault, act, target, message });
  }
}
