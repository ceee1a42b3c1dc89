/** Runs one repetition of a scenario for real: set-up, steps, quiesce, tear-down, one more call of the same pair; yields the trace. */

import { WRONG_MAPPING } from '../probe/adapter/port.js';
import type { Device } from '../probe/driver.js';
import { type LagWatch, watchLag } from '../probe/lag.js';
import { type Address, addressOf } from '../protocol/address.js';
import type { View } from '../protocol/call.js';
import { createRng, shuffled } from '../protocol/rng.js';
import type { MarkEvent } from '../trace/event.js';
import { Recorder } from '../trace/recorder.js';
import { startDevices } from './devices.js';
import { actualText, isMet } from './expectation.js';
import { lastsMs } from './fault-time.js';
import { Hostiles } from './hostiles.js';
import { Faults } from './injection/faults.js';
import { LinkProxies } from './injection/link-proxies.js';
import { MediaFaults } from './injection/media-faults.js';
import { lateness } from './lateness.js';
import { Lookout } from './outage/lookout.js';
import { devicesOf, type ExpectStep, faultsOf, type Step } from './plan.js';
import type { RepetitionOptions, RepetitionOutcome } from './repetition-io.js';
import type { AgentResult } from './result.js';
import { runBegin } from './run-begin.js';
import { RUNNER_WAITS } from './runner-waits.js';
import { ServerAccount } from './server-account.js';
import { Watch } from './watch.js';

export type { RepetitionOptions, RepetitionOutcome } from './repetition-io.js';

/** Runs the repetition. Whatever happens on the way, the trace so far is yielded; it rejects only for a bug of the probe. */
export async function runRepetition(options: RepetitionOptions): Promise<RepetitionOutcome> {
  const { clock, target, scenario } = options;
  const startedAt = clock.now();
  const recorder = new Recorder({ startedAt, wall: clock.wall() });
  if (options.onEvent !== null) recorder.subscribe(options.onEvent);
  const watch = new Watch();
  recorder.subscribe((event) => {
    if (event.type !== 'violation' || event.code !== WRONG_MAPPING) return;
    watch.abort({ status: 'probe-fault', message: `the mapping does not fit the target: ${event.message}` });
  });
  const heeded = [watch.heed(options.signal, () => ({ status: 'interrupted', message: 'interrupted' }))];
  const timeout = setTimeout(
    () => watch.abort({ status: 'timeout', message: `not done after its timeout of ${scenario.timeoutMs} ms` }),
    scenario.timeoutMs,
  );
  const record = (body: Parameters<Recorder['record']>[3]): number => recorder.record('probe', clock.now(), null, body);
  record(runBegin(options));
  const lag = watchLag(clock, (lateMs) => record({ type: 'lag', lateMs }));
  const stage = new Stage(options, recorder, watch, lag);
  heeded.push(watch.heed(options.fault, (reason) => ({ status: stage.faultStatus, message: String(reason) })));
  try {
    await stage.setUp();
    stage.begin();
    await stage.play(scenario.steps);
    await stage.quiesce();
    await stage.tearDown();
    await stage.recall();
    await stage.settle();
    await stage.lookout.idle();
  } catch (error) {
    const message = target.fault() ?? (error instanceof Error ? error.message : String(error));
    if (!stage.hasBegun) await stage.lookout.conclude(message);
    watch.abort({ status: stage.faultStatus, message });
  } finally {
    clearTimeout(timeout);
    for (const letGo of heeded) letGo();
    await stage.stop();
    lag.stop();
  }
  const end = watch.cut?.status ?? 'complete';
  const message = watch.cut?.message ?? null;
  record({ type: 'run', phase: 'end', status: end, message });
  const { agents, hasBegun } = stage;
  return { trace: recorder.finish(), end, message, hasBegun, durationMs: clock.now() - startedAt, agents };
}

/** The devices of one repetition and what is done with them, phase by phase. */
class Stage {
  readonly #devices = new Map<string, Device>();
  readonly #faults: Faults;
  readonly #hostiles: Hostiles;
  readonly #account: ServerAccount;
  readonly #proxies = new LinkProxies();
  readonly #mediaFaults: MediaFaults;
  #sampler: NodeJS.Timeout | null = null;
  #lastEventAt = 0;
  #togethers = 0;
  readonly lookout: Lookout;
  hasBegun = false;
  agents: Record<string, AgentResult> = {};

  constructor(
    readonly options: RepetitionOptions,
    readonly recorder: Recorder,
    readonly watch: Watch,
    readonly lag: LagWatch,
  ) {
    const { clock, target } = options;
    const failed = (error: unknown): void =>
      watch.abort({ status: 'probe-fault', message: error instanceof Error ? error.message : String(error) });
    this.#mediaFaults = new MediaFaults(options.media, options.seed, failed);
    this.#faults = new Faults({
      proxies: this.#proxies,
      mediaFaults: this.#mediaFaults,
      recorder,
      clock,
      target,
      seed: options.seed,
      device: (address) => this.#device(address),
      devices: () => [...this.#devices.values()],
      changed: () => watch.notify(),
      failed,
    });
    this.#account = new ServerAccount(recorder, options.privacy);
    this.#hostiles = new Hostiles({
      recorder,
      clock,
      url: target.url,
      seed: options.seed,
      redact: (frame) => this.#account.redact(frame),
      changed: () => watch.notify(),
      isOver: () => watch.cut !== null,
    });
    const devices = new Set(devicesOf(options.scenario).map(addressOf));
    this.lookout = new Lookout({ target, clock, recorder, watch, devices });
  }

  /** Whose fault it is when the run can't go on: the server's own, when it ended by itself after a hostile agent had spoken. */
  get faultStatus(): 'target-fault' | 'probe-fault' {
    return this.#hostiles.haveSpoken && this.options.target.diedByItself?.() === true ? 'target-fault' : 'probe-fault';
  }

  /** Waits for what the server still has to tell. One that answers no more after a hostile agent had spoken cuts the run. */
  async settle(): Promise<void> {
    const silence = await this.#hostiles.settled(this.options.target);
    if (silence !== null) this.watch.abort({ status: 'target-fault', message: silence });
  }

  async setUp(): Promise<void> {
    const { scenario, target, clock, media } = this.options;
    this.recorder.subscribe((event) => {
      if (event.type === 'wire' || event.type === 'phase' || event.type === 'view') this.#lastEventAt = clock.now();
    });
    await target.reset({
      waits: scenario.server,
      seed: this.options.seed,
      trace: (events) => this.#account.take(events),
    });
    await this.#proxies.start(scenario, target.foreign?.socket.proxy ?? target.url, this.options.seed);
    const devices = await startDevices({
      scenario,
      target,
      seed: this.options.seed,
      defects: this.options.defects,
      clock,
      recorder: this.recorder,
      media: scenario.media === 'none' ? null : media,
      viaOf: (address) => this.#proxies.viaOf(address),
      secret: (text) => this.#account.secret(text),
      redact: (frame) => this.#account.redact(frame),
      changed: () => this.watch.notify(),
    });
    for (const device of devices) this.#devices.set(addressOf(device.address), device);
    for (const name of scenario.hostile) this.#hostiles.add(name, this.#account.secret(await target.token(name)));
    for (const fault of scenario.network) await this.#faults.inject(fault);
    const initial = scenario.agents.flatMap(({ name, devices }) => devices.map((device) => this.#device({ user: name, device })));
    for (const device of initial) device.act('open');
    const isOnline = (device: Device): boolean => device.presence() === 'online';
    const onlineMs = scenario.network.length === 0 ? RUNNER_WAITS.onlineMs : RUNNER_WAITS.onlineImpairedMs;
    if (!(await this.watch.until(() => initial.every(isOnline), onlineMs))) {
      const missing = initial.filter((device) => !isOnline(device)).map(({ address }) => addressOf(address));
      throw new Error(`${missing.join(', ')} could not log in to ${target.name} within ${onlineMs} ms`);
    }
    this.#sampler = setInterval(() => this.#sampleTimers(), RUNNER_WAITS.timerSampleMs);
  }

  /** From here on the steps are played. */
  begin(): void {
    this.hasBegun = true;
    this.#faults.start();
  }

  /** Plays the steps in order and stops at the first expectation that does not hold. */
  async play(steps: readonly Step[]): Promise<boolean> {
    for (const [index, step] of steps.entries()) {
      if (this.watch.cut !== null) return false;
      if (await this.#step(step)) continue;
      const left = steps.length - index - 1;
      if (left > 0) this.#mark({ name: 'skipped-steps', text: `${left} more ${left === 1 ? 'step' : 'steps'} not played` });
      return false;
    }
    return true;
  }

  /** Waits until nothing is under way and nothing has come for a while; false when that takes too long. */
  async #still(): Promise<boolean> {
    const { clock, target } = this.options;
    const stillMs = target.foreign?.adapter.traits.stillMs ?? RUNNER_WAITS.stillMs;
    const isStill = (): boolean =>
      this.#present().every((device) => device.presence() === 'online' && device.isQuiet()) &&
      clock.now() - this.#lastEventAt >= stillMs;
    const poll = setInterval(() => this.watch.notify(), 10);
    const ok = await this.watch.until(isStill, RUNNER_WAITS.quiesceMs + stillMs);
    clearInterval(poll);
    return ok;
  }

  async quiesce(): Promise<void> {
    await this.#heal();
    this.#mark({ name: 'quiesce', text: 'no more faults, no more actions; the system comes to rest' });
    const ok = await this.#still();
    await this.settle();
    for (const [name, device] of this.#devices) {
      const { call, version, view } = device.shown();
      const { state, reason, timerStartedAt } = view;
      this.agents[name] = { state, reason, call, version, timerStartedAt, media: device.mediaState() };
    }
    if (this.watch.cut === null) this.#mark({ name: 'quiesced', text: 'at rest', ok });
  }

  /** Nothing fires any more, what is at work comes to its end, and devices that were cut off get the time to come back. */
  async #heal(): Promise<void> {
    this.#faults.disarm();
    const { scenario } = this.options;
    const longest = Math.max(0, ...faultsOf({ ...scenario, network: [] }).map(lastsMs));
    await this.watch.until(() => this.#faults.areOver, longest + RUNNER_WAITS.returnMs);
    this.#faults.healRest();
    await this.watch.until(() => this.#faults.areHealed, RUNNER_WAITS.returnMs);
    if (!this.#faults.haveHit) return;
    await this.watch.until(() => this.#present().every((device) => device.presence() === 'online'), RUNNER_WAITS.returnMs);
  }

  /** Ends what is live, as users would; who then still shows a live call is a ghost. */
  async tearDown(): Promise<void> {
    if (this.watch.cut !== null) return;
    this.#faults.healAll();
    this.#mark({ name: 'teardown', text: 'users end what is live' });
    const isLive = (device: Device): boolean => !['idle', 'ended'].includes(device.shown().view.state);
    const acted = new Set<string>();
    const act = (): void => {
      for (const device of this.#present().filter(isLive)) {
        const { call, side, view } = device.shown();
        const key = `${addressOf(device.address)} ${call} ${view.state}`;
        if (acted.has(key)) continue;
        acted.add(key);
        device.act(view.state === 'connected' ? 'hang up' : side === 'caller' ? 'cancel' : 'reject');
      }
    };
    const isOver = (): boolean => {
      act();
      return this.#present().every((device) => !isLive(device) && ['idle', 'failed'].includes(device.mediaState()));
    };
    const ok = await this.watch.until(isOver, RUNNER_WAITS.teardownMs);
    // Where calls have no ids, what is still on its way to one would strike the next.
    if (this.options.target.foreign !== undefined) await this.#still();
    await this.settle();
    if (this.watch.cut === null) this.#mark({ name: 'torn-down', text: 'everything ended', ok, actual: this.#everyView() });
  }

  /** The same pair calls again: some damage shows only on the next call. */
  async recall(): Promise<void> {
    const [first, second] = this.options.scenario.agents;
    if (first === undefined || second === undefined || this.watch.cut !== null) return;
    const of = (user: string): Device[] => this.#present().filter(({ address }) => address.user === user);
    const caller = of(first.name)[0];
    const callees = of(second.name);
    if (caller === undefined || callees.length === 0) return;
    const text = `${first.name} calls ${second.name} once more`;
    this.#mark({ name: 'recall', text });
    const before = caller.shown().call;
    const all = [caller, ...callees];
    const show = (state: View['state']) => (): boolean =>
      all.every((device) => device.shown().view.state === state && device.shown().call === caller.shown().call) &&
      caller.shown().call !== before;
    caller.act('call', { callee: second.name, media: false });
    const rang = await this.watch.until(show('ringing'), RUNNER_WAITS.recallMs);
    const actual = this.#everyView();
    caller.act('cancel');
    const ended = await this.watch.until(show('ended'), RUNNER_WAITS.recallMs);
    if (this.watch.cut !== null) return;
    this.#mark({ name: 'recalled', text, ok: rang && ended, actual: rang ? this.#everyView() : actual });
    // Nobody goes while a foreign server still ends the call: some crash over that, and the next scenario would be blamed.
    if (this.options.target.foreign !== undefined) await this.#still();
  }

  async stop(): Promise<void> {
    this.lookout.stop();
    this.#faults.stop();
    this.#hostiles.stop();
    this.#mediaFaults.stop();
    if (this.#sampler !== null) clearInterval(this.#sampler);
    for (const device of this.#devices.values()) device.stop();
    await this.#proxies.stop();
  }

  async #step(step: Step): Promise<boolean> {
    if (!step.kind.startsWith('expect')) this.#mark({ name: 'step', path: step.path, text: step.text });
    switch (step.kind) {
      case 'action': {
        const { verb } = step.action;
        this.#device(step.device).act(verb, step.action.verb === 'call' ? { callee: step.action.callee } : {});
        return true;
      }
      case 'hostile':
        await this.#hostiles.act(step.agent, step.act, step.text);
        return true;
      case 'expect-hostile': {
        const actual = (): string => this.#hostiles.standingText(step.expectations);
        return this.#expected(step, () => this.#hostiles.areSo(step.expectations), actual);
      }
      case 'fault':
        await this.#faults.inject(step);
        return true;
      case 'heal':
        this.#faults.heal(step.healed);
        return true;
      case 'wait':
        return this.watch.pause(step.ms);
      case 'together': {
        // In a drawn order, so that a race is not always won by the one that is written first.
        const rng = createRng(this.options.seed).fork(`together-${++this.#togethers}`);
        return (await Promise.all(shuffled(step.steps, rng).map((inner) => this.#step(inner)))).every(Boolean);
      }
      case 'repeat':
        for (let time = 0; time < step.times; time++) if (!(await this.play(step.steps))) return false;
        return true;
      case 'expect': {
        const { target } = this.options;
        const isHeld = (): boolean =>
          step.expectations.every((expectation) =>
            isMet(expectation, (device) => this.#view(device), target.foreign?.adapter.traits.reasons),
          );
        const actual = (): string => actualText(step.expectations, this.options.scenario, (device) => this.#view(device));
        return this.#expected(step, isHeld, actual);
      }
      case 'expect-media': {
        const states = (): string[] => step.devices.map((device) => this.#device(device).mediaState());
        const isHeld = (): boolean => states().every((state) => state === step.state);
        const actual = (): string[] => step.devices.map((device, index) => `${addressOf(device)}=${states()[index]}`);
        return this.#expected(step, isHeld, () => `media ${actual().join(' ')}`);
      }
    }
  }

  async #expected({ path, text, withinMs }: ExpectStep, isHeld: () => boolean, actualOf: () => string): Promise<boolean> {
    const ok = await this.watch.until(isHeld, withinMs);
    const actual = actualOf();
    const late = ok ? {} : await lateness(this, isHeld);
    if (this.watch.cut === null || ok) this.#mark({ name: 'expect', path, text, ok, actual, ...late });
    return ok;
  }

  #mark(mark: Pick<MarkEvent, 'name' | 'text'> & Partial<MarkEvent>): void {
    const whole: MarkEvent = { type: 'mark', path: null, ok: null, actual: null, ...mark };
    this.recorder.record('probe', this.options.clock.now(), null, whole);
  }

  #sampleTimers(now = this.options.clock.now()): void {
    for (const device of this.#devices.values()) device.sampleTimer(now);
  }

  #device(address: Address): Device {
    const device = this.#devices.get(addressOf(address));
    if (device === undefined) throw new Error(`no device ${addressOf(address)} in this scenario`);
    return device;
  }

  #view(address: Address): View {
    return this.#device(address).shown().view;
  }

  #present(): Device[] {
    return [...this.#devices.values()].filter((device) => device.presence() !== 'away');
  }

  #everyView(): string {
    return [...this.#devices].map(([name, device]) => `${name}=${device.shown().view.state}`).join(' ');
  }
}
