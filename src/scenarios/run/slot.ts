/** Runs repetitions in sequence with one target and one media process, which are started on demand and replaced when broken. */
import { startMediaHost } from '../../probe/media/supervisor.js';
import type { MediaHost } from '../../probe/runtime/ports.js';
import { startBundled } from '../../probe/targets/bundled.js';
import type { TargetCommands } from '../../probe/targets/commands.js';
import { connectForeign } from '../../probe/targets/foreign.js';
import { connectRemote } from '../../probe/targets/remote.js';
import type { ForeignSettings, Target } from '../../probe/targets/target.js';

export interface SlotOptions {
  /** `bundled` or a WebSocket URL. */
  readonly target: string;
  readonly defects: readonly string[];
  /** Commands for a server that runs elsewhere. */
  readonly commands?: TargetCommands;
  /** IPv4 address of this machine for media; default loopback. */
  readonly mediaAddress?: string | undefined;
  /** The settings of a target with another protocol than callsync.v1. */
  readonly foreign?: ForeignSettings;
  /** Aborts a start. */
  readonly signal: AbortSignal;
}

interface Media {
  readonly host: MediaHost;
  readonly fault: AbortSignal;
}

export class Slot {
  #target: Target | null = null;
  #media: Media | null = null;

  /** `users` log in at a foreign target before anything runs. */
  constructor(
    readonly options: SlotOptions,
    readonly users: readonly string[] = [],
  ) {}

  /** The target, started or connected. Rejects with a TargetError if it is unreachable. */
  async target(): Promise<Target> {
    if (this.#target?.fault() != null) await this.dropTarget();
    this.#target ??= await this.#connect();
    return this.#target;
  }

  #connect(): Promise<Target> {
    const { target, defects, commands, foreign, signal } = this.options;
    if (foreign !== undefined) return connectForeign(target, { ...foreign, users: this.users }, commands);
    return target === 'bundled' ? startBundled(defects, signal) : connectRemote(target, commands);
  }

  /** Ends the target, so that the next repetition gets another one. */
  async dropTarget(): Promise<void> {
    const target = this.#target;
    this.#target = null;
    await target?.stop();
  }

  /** The media process, running. */
  async media(): Promise<Media> {
    if (this.#media?.fault.aborted) this.#media = null;
    if (this.#media === null) {
      const { mediaAddress, signal } = this.options;
      const host = await startMediaHost(mediaAddress === undefined ? {} : { bindAddress: mediaAddress }, signal);
      const controller = new AbortController();
      host.onFault((message) => controller.abort(message));
      this.#media = { host, fault: controller.signal };
    }
    return this.#media;
  }

  async stop(): Promise<void> {
    await Promise.all([this.#target?.stop(), this.#media?.host.stop()]);
    this.#target = null;
    this.#media = null;
  }
}
