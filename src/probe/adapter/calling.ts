/** The calls of a foreign client: actions of its user, messages of the target, media, and what the device shows. */

import type { MediaReport } from '../../client/ports.js';
import { ACTIONS, type EndingAction } from '../../protocol/actions.js';
import type { Deadlines } from '../../protocol/deadlines.js';
import type { Millis } from '../../protocol/machine.js';
import type { SessionDescription } from '../../protocol/media.js';
import type { ViewEndReason } from '../../protocol/reasons.js';
import type { NamedMessage } from './call-names.js';
import { type ClientCall, type ClientCalls, endOf, handleOf, isLive, newCall } from './calls.js';
import type { ClientEffect, ClientOptions } from './client-io.js';
import { INSTEAD } from './client-verbs.js';
import { type LegOutcome, MediaLeg } from './media-leg.js';
import type { AdapterVerb, MediaTraits, MessageMeaning, SessionAction } from './port.js';
import { placeholderSdp } from './sdp-text.js';

export interface CallingPorts {
  readonly emit: (effect: ClientEffect) => void;
  /** Passes an action to the session, and performs its effects. */
  readonly hand: (action: SessionAction, now: Millis) => void;
  /** The id in the trace of a message's call; null without a call. */
  readonly idOf: (message: NamedMessage) => string | null;
}

export class Calling {
  readonly #calls: ClientCalls;
  readonly #options: ClientOptions;
  readonly #deadlines: Deadlines;
  readonly #ports: CallingPorts;

  /** Shares the deadlines of its client, under keys with the prefix `ring `. */
  constructor(calls: ClientCalls, options: ClientOptions, deadlines: Deadlines, ports: CallingPorts) {
    this.#calls = calls;
    this.#options = options;
    this.#deadlines = deadlines;
    this.#ports = ports;
  }

  /** The user acts in a call. `callee` and `media` are for a new call. */
  act(verb: AdapterVerb, callee: string | null, media: boolean, now: Millis, isForced = false): void {
    if (verb === 'call') return this.#call(callee ?? '', media, now);
    const call = this.#calls.current;
    const why = this.#refusalOf(verb, call);
    if (isForced && why !== null && call !== null) return this.#force(call, verb, now);
    const refused = why === null ? {} : { refused: why };
    this.#ports.emit({ type: 'action', action: verb, peer: null, call: call?.id ?? null, ...refused });
    if (call === null || why !== null) return;
    if (verb === 'accept') this.#accept(call, now);
    else this.#end(call, verb, now);
  }

  /** An action that the app refuses is sent all the same, as by a client with that bug: the app shows what it showed before. */
  #force(call: ClientCall, verb: Exclude<AdapterVerb, 'call'>, now: Millis): void {
    const { media } = this.#options.traits;
    this.#ports.emit({ type: 'action', action: verb, peer: null, call: call.id });
    const type = media?.offers === 'caller' ? 'answer' : 'offer';
    const description = verb === 'accept' && media !== null ? { type, sdp: placeholderSdp(call.id) } : null;
    const action = verb === 'accept' ? { verb, call: handleOf(call), description } : { verb, call: handleOf(call) };
    this.#ports.hand(action as SessionAction, now);
  }

  /** Why the app refuses an action, as a sentence; null if it performs the action. */
  #refusalOf(verb: Exclude<AdapterVerb, 'call'>, call: ClientCall | null): string | null {
    if (call === null) return 'this device shows no call';
    if (!isLive(call.view)) return 'the call that this device shows is over';
    if (verb !== 'accept') {
      const can = INSTEAD[verb].some((one) => this.#options.traits.verbs.includes(one));
      return can ? null : 'this target has no message for it';
    }
    return call.side === 'callee' && call.view.state === 'ringing' ? null : 'no call rings here';
  }

  /** The user makes a call. */
  #call(callee: string, withMedia: boolean, now: Millis): void {
    const { book, address } = this.#options;
    const id = book.begin(address.user, callee);
    const call = this.#newCall(id, id, 'caller', callee, withMedia);
    const group = book.partyOf(callee);
    this.#ports.emit({ type: 'action', action: 'call', peer: callee, call: id, ...(group === null ? {} : { group }) });
    this.#calls.add(call);
    this.showChange();
    const { callerRingMs, media } = this.#options.traits;
    if (callerRingMs !== null) this.#deadlines.set(`ring ${id}`, now + callerRingMs);
    if (media === null || media.offers === 'callee' || media.when !== 'call') {
      return this.#send({ verb: 'call', call: handleOf(call), description: null }, call, now);
    }
    call.waits = 'call';
    this.#leg(id, call.media.offer(), now);
  }

  #accept(call: ClientCall, now: Millis): void {
    call.isAnswered = true;
    call.waits = 'accept';
    const media = this.#options.traits.media;
    if (media?.offers === 'caller' && call.media.remote !== null) return this.#leg(call.id, call.media.apply(), now);
    if (media !== null && media.offers !== 'caller' && offersWithAccept(media))
      return this.#leg(call.id, call.media.offer(), now);
    // Nothing to wait for: a later description is a message of its own.
    call.waits = null;
    this.#send({ verb: 'accept', call: handleOf(call), description: null }, call, now);
  }

  #end(call: ClientCall, verb: EndingAction, now: Millis): void {
    const { verbs, showsAtOnce } = this.#options.traits;
    const real = INSTEAD[verb].find((one) => verbs.includes(one));
    if (real === undefined) return;
    // A call that was never sent needs no message.
    if (call.waits !== 'call') this.#send({ verb: real, call: handleOf(call) } as SessionAction, call, now);
    if (showsAtOnce.includes(verb)) this.over(call, ACTIONS[verb].ends, now);
  }

  /** A call has ended, and the device shows it. */
  over(call: ClientCall, reason: ViewEndReason, now: Millis): void {
    if (!isLive(call.view)) return;
    this.#calls.become(call, 'ended', reason, null);
    this.#deadlines.clear(`ring ${call.id}`);
    if (call.side === 'caller') this.#options.book.over(call.id);
    call.waits = null;
    this.#leg(call.id, call.media.close(), now);
  }

  #connected(call: ClientCall, now: Millis): void {
    if (call.view.state === 'connected' || !isLive(call.view)) return;
    this.#calls.become(call, 'connected', null, now);
    this.#deadlines.clear(`ring ${call.id}`);
    const media = this.#options.traits.media;
    const isOffered = media?.when === 'connected' || (media?.when === 'accept' && call.side === 'caller');
    const offers = (media?.offers === call.side || media?.offers === 'both') && isOffered;
    this.#leg(call.id, offers ? call.media.offer() : call.media.apply(), now);
  }

  /** Passes an action to the session, and shows what the app shows before the server answers. */
  #send(action: SessionAction, call: ClientCall, now: Millis): void {
    this.#ports.hand(action, now);
    if (action.verb === 'accept' && this.#options.traits.showsAtOnce.includes('accept')) this.#connected(call, now);
  }

  /** The other side knows the call now: candidates need not wait any longer. */
  release(call: ClientCall | null, now: Millis): void {
    if (call === null) return;
    const held = call.held ?? [];
    call.held = null;
    for (const candidate of held) this.#send({ verb: 'candidate', call: handleOf(call), ...candidate }, call, now);
  }

  /** Applies the meaning of a message. */
  heard(heard: MessageMeaning, now: Millis): void {
    if (heard.event === 'incoming') return this.#incoming(heard, now);
    const call = this.#calls.find(heard.key);
    if (call === null) return this.#violation('unexpected', `${heard.event}, but this device has no such call`, null);
    switch (heard.event) {
      case 'named':
        return this.#options.book.named(call.id, heard.wire);
      case 'ringing':
        if (call.side === 'caller' && call.view.state === 'inviting') this.#calls.become(call, 'ringing', null, null);
        return;
      case 'accepted':
        return this.#accepted(call, heard.description, now);
      case 'ended':
        return this.over(call, heard.reason ?? endOf(call), now);
      case 'description':
        return this.#described(call, heard.description, now);
      case 'candidate':
        return this.#leg(call.id, call.media.candidate({ candidate: heard.candidate, sdpMid: heard.sdpMid }), now);
    }
  }

  #incoming(heard: Extract<MessageMeaning, { event: 'incoming' }>, now: Millis): void {
    const { book, traits } = this.#options;
    const known = this.#calls.find(heard.key);
    if (known !== null && isLive(known.view)) {
      if (heard.description !== null) known.media.describe(heard.description);
      return;
    }
    const kind = heard.again === true ? 'event.inviting.again' : 'event.inviting';
    const id = this.#ports.idOf({ kind, ...heard }) ?? heard.key;
    const current = this.#calls.current;
    const isBusy = current !== null && isLive(current.view);
    const peer = heard.from === null ? null : book.userAt(heard.from);
    const call = this.#newCall(id, heard.key, 'callee', peer, current?.id !== id);
    if (heard.description !== null) call.media.describe(heard.description);
    if (isBusy && traits.secondCall !== 'replace') {
      this.#calls.add(call, false);
      this.#ports.emit({
        type: 'log',
        level: 'info',
        message: `a second incoming call: ${traits.secondCall}`,
        data: { call: id },
      });
      if (traits.secondCall === 'reject') this.#end(call, 'reject', now);
      return;
    }
    this.#calls.add(call);
    this.#send({ verb: 'ring', call: handleOf(call) }, call, now);
  }

  #accepted(call: ClientCall, description: SessionDescription | null, now: Millis): void {
    if (!isLive(call.view)) return this.#violation('late-accept', 'accepted, but the call is over on this device', call.id);
    if (call.side === 'callee' && !call.isAnswered) {
      return this.#violation('unexpected', 'accepted, but the user of this device has not answered', call.id);
    }
    if (description !== null) call.media.describe(description);
    this.#connected(call, now);
  }

  #described(call: ClientCall, description: SessionDescription, now: Millis): void {
    call.media.describe(description);
    const isMine = call.view.state === 'connected' || (call.side === 'caller' && description.type === 'answer');
    if (isMine) this.#leg(call.id, call.media.apply(), now);
  }

  #newCall(id: string, key: string, side: ClientCall['side'], peer: string | null, withMedia: boolean): ClientCall {
    const { traits, media } = this.#options;
    const isReal = media && withMedia && traits.media !== null;
    return newCall({ id, key, side, peer }, new MediaLeg(id, isReal, traits.media?.candidates === 'trickle'));
  }

  mediaReport(id: string, report: MediaReport, now: Millis): void {
    const { media } = this.#calls.byId(id) ?? { media: new MediaLeg(id, true, true) };
    this.#leg(id, media.report(report, now), now);
  }

  #leg(id: string, { commands, event, described, candidates }: LegOutcome, now: Millis): void {
    for (const command of commands) this.#ports.emit({ type: 'media', call: id, ...command });
    if (event !== null) this.#ports.emit({ type: 'media-state', event });
    const call = this.#calls.byId(id);
    if (call === null) return;
    if (described !== null) {
      const verb = call.waits ?? 'describe';
      call.waits = null;
      this.#send({ verb, call: handleOf(call), description: described } as SessionAction, call, now);
    }
    for (const candidate of candidates) {
      if (call.held !== null) call.held.push(candidate);
      else this.#send({ verb: 'candidate', call: handleOf(call), ...candidate }, call, now);
    }
  }

  /** The app gives up an unanswered call. */
  ringOver(id: string, now: Millis): void {
    const call = this.#calls.byId(id);
    if (call === null || !isLive(call.view) || call.view.state === 'connected') return;
    this.#end(call, 'cancel', now);
    if (call.view.state === 'ended') this.#calls.become(call, 'ended', 'missed', null);
  }

  /** Reports what the device shows, if it has changed. */
  showChange(): void {
    const changed = this.#calls.change();
    if (changed !== null) this.#ports.emit({ type: 'shown', view: changed });
  }

  /** The app of the device crashed, with its calls. */
  forget(now: Millis): void {
    for (const { media, id } of this.#calls.all) this.#leg(id, media.close(), now);
    this.#calls.clear();
  }

  /** Ends the wait for candidates. */
  tick(now: Millis): void {
    for (const { id, media } of [...this.#calls.all]) this.#leg(id, media.tick(now), now);
  }

  #violation(code: string, message: string, call: string | null): void {
    this.#ports.emit({ type: 'violation', code, message, call });
  }
}

/** Whether the callee's offer goes with the accept: also where both offer, and the caller's went with the call. */
function offersWithAccept({ offers, when }: MediaTraits): boolean {
  return when === 'accept' || (offers === 'both' && when === 'call');
}
