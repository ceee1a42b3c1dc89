/** The devices of one repetition, phase by phase. */

import type { Device } from '../../probe/device/device.js';
import type { LagWatch } from '../../probe/runtime/lag.js';
import { endingFor } from '../../protocol/actions.js';
import { addressOf } from '../../protocol/address.js';
import type { Bus } from '../../trace/bus.js';
import type { MarkEvent } from '../../trace/event.js';
import { lastsMs } from '../language/fault-time.js';
import { devicesOf, faultsOf, needsDurability } from '../language/plan.js';
import { callingPair } from './calling-pair.js';
import { startDevices } from './devices.js';
import { Ensemble } from './ensemble.js';
import { Hostiles } from './hostiles.js';
import { Faults } from './injection/faults.js';
import { LinkProxies } from './injection/link-proxies.js';
import { MediaFaults } from './injection/media-faults.js';
import { limitsInForce } from './limits/codes.js';
import { LimitWatch } from './limits/limit-watch.js';
import { MessageCounts } from './message-counts.js';
import { TargetMonitor } from './outage/target-monitor.js';
import { type Mark, Player } from './player.js';
import { callAgain } from './redial.js';
import type { RepetitionOptions } from './repetition-io.js';
import type { AgentResult } from './result.js';
import { RUNNER_WAITS } from './runner-waits.js';
import { ServerAccount } from './server-account.js';
import type { Watch } from './watch.js';

export class Stage {
  /** Plays the steps, between `begin` and `quiesce`. */
  readonly player: Player;
  readonly #devices = new Ensemble();
  readonly #faults: Faults;
  readonly #hostiles: Hostiles;
  readonly #account: ServerAccount;
  readonly #proxies = new LinkProxies();
  readonly #mediaFaults: MediaFaults;
  readonly #limits: LimitWatch;
  #sampler: NodeJS.Timeout | null = null;
  #lastEventAt = 0;
  /** Devices whose other end has given a receipt, and those whose other end was asked and gave none. */
  readonly #answered = new Set<Device>();
  readonly #unanswered = new Set<Device>();
  readonly monitor: TargetMonitor;
  hasBegun = false;
  agents: Record<string, AgentResult> = {};

  constructor(
    readonly options: RepetitionOptions,
    readonly bus: Bus,
    readonly watch: Watch,
    lag: LagWatch,
  ) {
    const { clock, target } = options;
    const failed = (error: unknown): void =>
      watch.abort({ status: 'probe-fault', message: error instanceof Error ? error.message : String(error) });
    this.#mediaFaults = new MediaFaults(options.media, options.seed, failed);
    this.#faults = new Faults({
      proxies: this.#proxies,
      mediaFaults: this.#mediaFaults,
      bus,
      clock,
      target,
      seed: options.seed,
      device: (address) => this.#devices.at(address),
      devices: () => this.#devices.all,
      changed: () => watch.notify(),
      failed,
    });
    this.#account = new ServerAccount(bus, 'server');
    this.#hostiles = new Hostiles({
      bus,
      clock,
      seed: options.seed,
      changed: () => watch.notify(),
      isOver: () => watch.cut !== null,
    });
    const devices = new Set(devicesOf(options.scenario).map(addressOf));
    this.monitor = new TargetMonitor({ target, clock, bus, watch, devices });
    this.#limits = new LimitWatch({
      bus,
      now: () => clock.now(),
      limits: limitsInForce(target.foreign, options.ignoreLimits === true),
      peerLostMs: target.foreign?.adapter.traits.peerLostMs ?? 0,
      peerLostReasons: ['peer-lost', ...(target.foreign?.adapter.traits.reasons['peer-lost'] ?? [])],
    });
    this.player = new Player({
      limits: this.#limits,
      options,
      watch,
      lag,
      devices: this.#devices,
      faults: this.#faults,
      hostiles: this.#hostiles,
      mark: (mark) => this.#mark(mark),
      receipts: () => this.receipts(),
      counts: new MessageCounts(bus, options.scenario),
    });
  }

  /** The status if the run cannot continue: the server failed if it ended by itself after a hostile message. */
  get faultStatus(): 'target-fault' | 'probe-fault' {
    return this.#hostiles.haveSpoken && this.options.target.diedByItself?.() === true ? 'target-fault' : 'probe-fault';
  }

  /** Waits for the server's remaining events. If it stops answering after a hostile message, the run is stopped. */
  async settle(): Promise<void> {
    const silence = await this.#hostiles.settled(this.options.target);
    if (silence !== null) this.watch.abort({ status: 'target-fault', message: silence });
  }

  /** All at once, or one after another as the target needs it. */
  async #logIn(devices: readonly Device[], isOnline: (device: Device) => boolean, ms: number): Promise<void> {
    const { foreign } = this.options.target;
    const order = foreign?.adapter.traits.logInOrder ?? null;
    const rankOf = ({ address: { user } }: Device): number => {
      const role = foreign?.adapter.roleOf(user, { credentials: foreign.credentials.get(user) ?? {} }) ?? null;
      const at = role === null ? -1 : (order?.indexOf(role) ?? -1);
      return at < 0 ? Infinity : at;
    };
    const rank = new Map(devices.map((device) => [device, rankOf(device)] as const));
    const inTurn = [...devices].sort((one, other) => Math.sign((rank.get(one) ?? 0) - (rank.get(other) ?? 0)) || 0);
    for (const device of order === null ? devices : inTurn) {
      device.act('open');
      if (order !== null) await this.watch.until(() => isOnline(device), ms);
    }
  }

  async setUp(): Promise<void> {
    const { scenario, target, clock, media } = this.options;
    this.bus.subscribe((event) => {
      if (event.type === 'wire' || event.type === 'record' || event.type === 'state') this.#lastEventAt = clock.now();
    });
    await target.reset({
      waits: scenario.server,
      seed: this.options.seed,
      isDurable: needsDurability(scenario),
      trace: this.options.record === 'none' ? null : (events) => this.#account.take(events),
    });
    await this.#proxies.start(scenario, target.foreign?.socket.proxy ?? target.url, this.options.seed);
    const { devices, hostile } = await startDevices({
      scenario,
      target,
      seed: this.options.seed,
      playedBefore: this.options.playedBefore ?? 0,
      defects: this.options.defects,
      clock,
      bus: this.bus,
      media: scenario.media === 'none' ? null : media,
      viaOf: (address) => this.#proxies.viaOf(address),
      secret: (text) => this.#secret(text),
      changed: () => this.watch.notify(),
    });
    for (const device of devices) this.#devices.add(device);
    for (const name of scenario.hostile) {
      const token = await target.token(name);
      this.#hostiles.add(name, hostile(name, token === '' ? token : this.#secret(token)), token);
    }
    for (const fault of scenario.network) await this.#faults.inject(fault);
    const initial = scenario.agents.flatMap(({ name, devices }) =>
      devices.map((device) => this.#devices.at({ user: name, device })),
    );
    const isOnline = (device: Device): boolean => device.presence() === 'online';
    const onlineMs = scenario.network.length === 0 ? RUNNER_WAITS.onlineMs : RUNNER_WAITS.onlineImpairedMs;
    await this.#logIn(initial, isOnline, onlineMs);
    if (!(await this.watch.until(() => initial.every(isOnline), onlineMs))) {
      const missing = initial.filter((device) => !isOnline(device)).map(({ address }) => addressOf(address));
      throw new Error(`${missing.join(', ')} could not log in to ${target.name} within ${onlineMs} ms`);
    }
    this.#sampler = setInterval(() => this.#sampleTimers(), RUNNER_WAITS.timerSampleMs);
  }

  /** The steps begin. */
  begin(): void {
    this.hasBegun = true;
    this.#faults.start();
  }

  /** Waits until the run is quiescent: nothing pending, and no event for a while. False if that takes too long. */
  async #quiescent(): Promise<boolean> {
    const { clock, target, scenario } = this.options;
    const delayed = faultsOf(scenario).filter(({ fault }) => fault.layer === 'message');
    const lateMs = Math.max(0, ...delayed.map(lastsMs));
    const quietMs = target.foreign?.adapter.traits.stillMs ?? RUNNER_WAITS.quietMs;
    const isQuiescent = (): boolean =>
      this.#devices.present.every((device) => device.presence() === 'online' && device.isQuiet()) &&
      clock.now() - this.#lastEventAt >= quietMs;
    const poll = setInterval(() => this.watch.notify(), 10);
    const ok = await this.watch.until(isQuiescent, RUNNER_WAITS.quiesceMs + quietMs + lateMs);
    clearInterval(poll);
    return ok;
  }

  /**
   * Asks all devices that are online for a receipt: what has not arrived by then was not written. Bounded; devices that never had
   * an answer are waited for once.
   */
  async receipts(): Promise<void> {
    const open = new Set<Device>();
    for (const device of this.#devices.present) {
      if (this.#unanswered.has(device)) continue;
      const isAsked = device.ask(() => {
        open.delete(device);
        this.#answered.add(device);
        this.watch.notify();
      });
      if (isAsked) open.add(device);
    }
    await this.watch.until(() => open.size === 0, RUNNER_WAITS.receiptMs);
    for (const device of open) if (!this.#answered.has(device)) this.#unanswered.add(device);
  }

  async quiesce(): Promise<void> {
    await this.#heal();
    // Both sides have to agree on what a lost connection ended, as soon as the target promises it.
    if (this.#limits.isEnding) await this.watch.until(() => !this.#limits.isEnding, this.#limits.graceMs);
    this.#mark({ name: 'quiesce', text: 'no more faults, no more actions' });
    const ok = await this.#quiescent();
    await this.settle();
    for (const device of this.#devices.all) {
      const { call, version, view } = device.shown();
      const { state, reason, timerStartedAt } = view;
      this.agents[addressOf(device.address)] = { state, reason, call, version, timerStartedAt, media: device.mediaState() };
    }
    await this.receipts();
    if (this.watch.cut === null) this.#mark({ name: 'quiesced', text: 'quiescent', ok });
  }

  /** No more faults begin, active ones end, and devices that were cut off get time to reconnect. */
  async #heal(): Promise<void> {
    this.#faults.disarm();
    const { scenario } = this.options;
    const longest = Math.max(0, ...faultsOf({ ...scenario, network: [] }).map(lastsMs));
    await this.watch.until(() => this.#faults.areOver, longest + RUNNER_WAITS.returnMs);
    this.#faults.healRest();
    await this.watch.until(() => this.#faults.areHealed, RUNNER_WAITS.returnMs);
    if (!this.#faults.haveHit) return;
    await this.watch.until(() => this.#devices.present.every((device) => device.presence() === 'online'), RUNNER_WAITS.returnMs);
  }

  /** Ends live calls, as users would; a device that then still shows a live call is a ghost. */
  async tearDown(): Promise<void> {
    if (this.watch.cut !== null) return;
    this.#faults.healAll();
    this.#mark({ name: 'teardown', text: 'users end all live calls' });
    const isLive = (device: Device): boolean => !['idle', 'ended'].includes(device.shown().view.state);
    const acted = new Set<string>();
    const act = (): void => {
      for (const device of this.#devices.present.filter(isLive)) {
        const { call, side, view } = device.shown();
        const key = `${addressOf(device.address)} ${call} ${view.state}`;
        if (acted.has(key)) continue;
        acted.add(key);
        device.act(endingFor(view.state, side));
      }
    };
    const isOver = (): boolean => {
      act();
      return this.#devices.present.every((device) => !isLive(device) && ['idle', 'failed'].includes(device.mediaState()));
    };
    const ok = await this.watch.until(isOver, RUNNER_WAITS.teardownMs);
    // Without call ids, a message in transit could reach the next call.
    if (this.options.target.foreign !== undefined) await this.#quiescent();
    await this.settle();
    await this.receipts();
    if (this.watch.cut === null)
      this.#mark({ name: 'torn-down', text: 'everything ended', ok, actual: this.#devices.everyView() });
  }

  /** Redial: some damage shows only on the next call. At a black box with an answer, and in both directions. */
  async redial(): Promise<void> {
    const { scenario, target } = this.options;
    const pair = callingPair(scenario.agents, target.foreign);
    if (pair === null || this.watch.cut !== null) return;
    const of = (...users: string[]): Device[] => this.#devices.present.filter(({ address }) => users.includes(address.user));
    if (of(pair.caller).length === 0 || of(pair.callee).length === 0) return;
    let text = `${pair.caller} calls ${pair.callee} again`;
    this.#mark({ name: 'redial', text });
    const redial = {
      watch: this.watch,
      everyView: () => this.#devices.everyView(),
      answers: target.foreign !== undefined,
      mayBeHeld: () => this.#isStillHeld,
    };
    let result = await callAgain(redial, of(pair.caller), of(pair.callee), of(...pair.party));
    if (target.foreign !== undefined && pair.isMutual && result.ok) {
      await this.#quiescent();
      text = `${pair.callee} calls ${pair.caller} back`;
      result = await callAgain(redial, of(pair.callee), of(pair.caller), []);
    }
    await this.receipts();
    if (this.watch.cut !== null) return;
    this.#mark({ name: 'redialed', text, ...result });
    // Devices stay while a foreign server still ends the call: some crash otherwise, and the next scenario would be charged.
    if (target.foreign !== undefined) await this.#quiescent();
  }

  /** Whether the server may still hold a call that lost a connection. */
  get #isStillHeld(): boolean {
    return this.#limits.hasLostCall && this.#limits.graceMs > 0;
  }

  async stop(): Promise<void> {
    this.monitor.stop();
    this.#faults.stop();
    this.#hostiles.stop();
    this.#mediaFaults.stop();
    if (this.#sampler !== null) clearInterval(this.#sampler);
    for (const device of this.#devices.all) device.stop();
    await this.#proxies.stop();
  }

  /** Registers a secret; returns the same text. */
  #secret(text: string): string {
    this.options.privacy?.vault.add('token', text);
    return text;
  }

  #mark(mark: Mark): void {
    const whole: MarkEvent = { type: 'mark', path: null, ok: null, actual: null, ...mark };
    this.bus.publish('probe', this.options.clock.now(), null, whole);
  }

  #sampleTimers(now = this.options.clock.now()): void {
    for (const device of this.#devices.all) device.sampleTimer(now);
  }
}
