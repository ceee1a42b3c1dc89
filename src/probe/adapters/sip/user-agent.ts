/**
 * One device's SIP user agent: transactions and dialogs of the library sip.js, with messages as text in and out. Calls are identified
 * by their Call-ID. All events go to one sink, in order; the library's own timers may cause events at any time.
 */
import {
  type AckableIncomingResponseWithSession,
  DigestAuthentication,
  type IncomingInviteRequest,
  IncomingRequestMessage,
  type IncomingResponse,
  IncomingResponseMessage,
  LoggerFactory,
  type OutgoingInviteRequest,
  Parser,
  type Session,
  SessionDialog,
  UserAgentCore,
} from 'sip.js/lib/core/index.js';
import { URI } from 'sip.js/lib/grammar/index.js';
import type { ViewEndReason } from '../../../protocol/reasons.js';
import { readSip, reasonOfCancel, reasonOfStatus } from './message.js';

/** Events of the user agent. */
export type SipEvent =
  | { readonly type: 'send'; readonly text: string }
  | { readonly type: 'registered'; readonly expiresMs: number }
  | { readonly type: 'register-failed'; readonly status: number; readonly phrase: string }
  | { readonly type: 'incoming'; readonly call: string; readonly from: string; readonly sdp: string }
  | { readonly type: 'ringing'; readonly call: string }
  | { readonly type: 'accepted'; readonly call: string; readonly sdp: string }
  | { readonly type: 'ended'; readonly call: string; readonly reason: ViewEndReason }
  /** A BYE that has to wait for the confirmation of the answer. */
  | { readonly type: 'bye-waits'; readonly call: string }
  | { readonly type: 'violation'; readonly code: string; readonly message: string; readonly call: string | null };

export interface SipIdentity {
  /** User part and domain of the address of record. */
  readonly user: string;
  readonly domain: string;
  readonly password: string | null;
  /** Letters and digits that distinguish this device from the user's others. */
  readonly device: string;
}

/** The state of a call, until it is over and no message can arrive any more. */
interface Call {
  invite: OutgoingInviteRequest | null;
  ring: IncomingInviteRequest | null;
  dialog: Session | null;
  /** The user cancelled, or hung up before the answer was confirmed: a later answer is ended at once. */
  isGivenUp: boolean;
  isAnswered: boolean;
  isConfirmed: boolean;
  isOver: boolean;
}

/** Default lifetime of a registration, in seconds. */
const EXPIRES_S = 600;
const CALLS_MAX = 256;
const SDP = 'application/sdp';

export class SipUserAgent {
  readonly #identity: SipIdentity;
  readonly #tell: (event: SipEvent) => void;
  readonly #core: UserAgentCore;
  readonly #calls = new Map<string, Call>();
  readonly #aor: URI;
  readonly #registrar: URI;
  readonly #contact: string;
  #sequence = 0;
  /** Unanswered requests and unconfirmed answers. */
  #open = 0;

  constructor(identity: SipIdentity, tell: (event: SipEvent) => void) {
    const { user, domain, device, password } = identity;
    this.#identity = identity;
    this.#tell = tell;
    this.#aor = this.#address(user);
    this.#registrar = new URI('sip', '', domain);
    // This host is not reachable: a proxy has to use the connection of the request (RFC 7118 section 5).
    const viaHost = `${device}.invalid`;
    const uri = new URI('sip', encodeURIComponent(user), viaHost, undefined, { transport: 'ws' });
    this.#contact = `<${uri.toString()}>`;
    const loggerFactory = new LoggerFactory();
    loggerFactory.builtinEnabled = false;
    this.#core = new UserAgentCore(
      {
        aor: this.#aor,
        contact: { pubGruu: undefined, tempGruu: undefined, uri, toString: () => this.#contact },
        displayName: '',
        loggerFactory,
        hackViaTcp: false,
        routeSet: [],
        sipjsId: '',
        supportedOptionTags: [],
        supportedOptionTagsResponse: [],
        userAgentHeaderFieldValue: 'call-probe',
        viaForceRport: false,
        viaHost,
        authenticationFactory: () =>
          password === null ? undefined : new DigestAuthentication(loggerFactory, undefined, user, password),
        transportAccessor: () => ({
          protocol: 'WS',
          send: (text: string) => {
            tell({ type: 'send', text });
            return Promise.resolve();
          },
        }),
      },
      { onInvite: (request) => this.#invited(request) },
    );
  }

  get isBusy(): boolean {
    return this.#open > 0;
  }

  /** Registers, or refreshes the registration. */
  register(callId: string): void {
    this.#sequence += 1;
    const headers = [`Contact: ${this.#contact};expires=${EXPIRES_S}`];
    const options = { callId, cseq: this.#sequence };
    const message = this.#core.makeOutgoingRequestMessage('REGISTER', this.#registrar, this.#aor, this.#aor, options, headers);
    const done = this.#pending();
    this.#core.register(message, {
      onAccept: (response) => {
        done();
        this.#tell({ type: 'registered', expiresMs: expiresIn(response, this.#contact) * 1_000 });
      },
      onReject: ({ message: { statusCode = 0, reasonPhrase } }) => {
        done();
        this.#tell({ type: 'register-failed', status: statusCode, phrase: reasonPhrase ?? '' });
      },
      onRedirect: ({ message: { statusCode = 0, reasonPhrase } }) => {
        done();
        this.#tell({ type: 'register-failed', status: statusCode, phrase: reasonPhrase ?? '' });
      },
    });
    // The library increments the number when a challenge makes it send the request again.
    this.#sequence = Math.max(this.#sequence, message.cseq) + 1;
  }

  /** Handles a message of the server. An unreadable one is a violation. Never throws. */
  receive(text: string): void {
    this.#guarded('receive', readSip(text)?.callId ?? null, () => {
      const message = Parser.parseMessage(text, this.#core.loggerFactory.getLogger('parser'));
      if (message instanceof IncomingRequestMessage) this.#core.receiveIncomingRequestFromTransport(message);
      else if (message instanceof IncomingResponseMessage) this.#core.receiveIncomingResponseFromTransport(message);
      else this.#violation('bad-message', `not a SIP message: ${JSON.stringify(text.slice(0, 80))}`, null);
    });
  }

  /** Calls `callee`; `id` is the Call-ID. */
  invite(id: string, callee: string, sdp: string): void {
    this.#guarded('INVITE', id, () => {
      const to = this.#address(callee);
      const headers = [`Contact: ${this.#contact}`, 'Allow: ACK,CANCEL,INVITE,BYE,OPTIONS'];
      const message = this.#core.makeOutgoingRequestMessage('INVITE', to, this.#aor, to, { callId: id }, headers, {
        contentDisposition: 'session',
        contentType: SDP,
        content: sdp,
      });
      const call = this.#add(id);
      const done = this.#pending();
      call.invite = this.#core.invite(message, {
        onTrying: done,
        onProgress: () => {
          done();
          if (!call.isGivenUp && !call.isOver) this.#tell({ type: 'ringing', call: id });
        },
        onAccept: (response) => {
          done();
          this.#answered(id, call, response);
        },
        onReject: (response) => {
          done();
          this.#refused(id, call, response);
        },
        onRedirect: (response) => {
          done();
          this.#refused(id, call, response);
        },
      });
    });
  }

  ring(id: string): void {
    this.#guarded('180', id, () => this.#calls.get(id)?.ring?.progress({ statusCode: 180 }));
  }

  accept(id: string, sdp: string): void {
    const call = this.#calls.get(id);
    if (call === undefined || call.ring === null || call.isOver) return this.#noCall('200', id);
    this.#guarded('200', id, () => {
      const body = { contentDisposition: 'session', contentType: SDP, content: sdp };
      const { session } = call.ring?.accept({ statusCode: 200, body }) ?? { session: null };
      if (session === null) return;
      call.dialog = session;
      call.isAnswered = true;
      const done = this.#pending();
      session.delegate = {
        onAck: () => {
          done();
          call.isConfirmed = true;
          if (call.isGivenUp) this.#bye(id, call);
        },
        onAckTimeout: () => {
          done();
          this.#violation('no-ack', 'no ACK for the 200 OK, which was retransmitted for 32 s', id);
          this.#bye(id, call);
          this.#over(id, call, 'server-error');
        },
        onBye: (request) => {
          done();
          request.accept();
          this.#over(id, call, 'hangup');
        },
      };
    });
  }

  /** Declines for all of the user's devices, or answers that this one is busy. */
  reject(id: string, how: 'decline' | 'busy'): void {
    const call = this.#calls.get(id);
    if (call === undefined || call.ring === null || call.isOver) return this.#noCall('603', id);
    this.#guarded('603', id, () => call.ring?.reject({ statusCode: how === 'busy' ? 486 : 603 }));
    call.isOver = true;
  }

  /** Cancels an unanswered call. If the answer crosses the cancel, the call is ended when the answer arrives. */
  cancel(id: string): void {
    const call = this.#calls.get(id);
    if (call === undefined || call.invite === null || call.isOver) return this.#noCall('CANCEL', id);
    call.isGivenUp = true;
    if (call.dialog !== null) return this.#bye(id, call);
    this.#guarded('CANCEL', id, () => call.invite?.cancel());
  }

  hangUp(id: string): void {
    const call = this.#calls.get(id);
    if (call === undefined || call.dialog === null || call.isOver) return this.#noCall('BYE', id);
    call.isGivenUp = true;
    call.isOver = true;
    // A callee may not send BYE before its answer is confirmed (RFC 3261 section 15).
    if (call.isConfirmed || !call.isAnswered) this.#bye(id, call);
    else this.#tell({ type: 'bye-waits', call: id });
  }

  /** Whether this device has a live call other than this one. */
  hasOther(id: string): boolean {
    return [...this.#calls].some(([other, call]) => other !== id && !call.isOver && !call.isGivenUp);
  }

  /** Ends all timers; there are no events after that. */
  stop(): void {
    this.#calls.clear();
    this.#core.dispose();
  }

  #invited(request: IncomingInviteRequest): void {
    const { message } = request;
    const id = message.callId;
    const from = readSip(message.data)?.from ?? '';
    // A device that calls itself, or a Call-ID that returns in another transaction.
    if (this.#calls.has(id)) return void request.reject({ statusCode: 482 });
    const call = this.#add(id);
    call.ring = request;
    request.trying();
    request.delegate = {
      onCancel: (cancel) => {
        request.reject({ statusCode: 487 });
        this.#over(id, call, reasonOfCancel(readSip(cancel.data)?.cause ?? null));
      },
    };
    this.#tell({ type: 'incoming', call: id, from, sdp: message.body });
  }

  #answered(id: string, call: Call, response: AckableIncomingResponseWithSession): void {
    const { session, message } = response;
    retarget(session, message);
    response.ack();
    // Cancelled in the meantime, or another fork answered first: ACK and BYE (RFC 3261 section 15.1, RFC 6026).
    if (call.isGivenUp || call.dialog !== null || call.isOver) {
      this.#guarded('BYE', id, () => void session.bye());
      if (call.dialog === null) this.#over(id, call, 'cancelled');
      return;
    }
    call.dialog = session;
    session.delegate = {
      onBye: (request) => {
        request.accept();
        this.#over(id, call, 'hangup');
      },
    };
    this.#tell({ type: 'accepted', call: id, sdp: message.body });
  }

  #refused(id: string, call: Call, { message }: IncomingResponse): void {
    const { statusCode = 500 } = message;
    // The library generates such answers itself if none arrives, or nothing can be sent.
    const isOwn = message.callId === undefined;
    if (isOwn) this.#violation('no-answer', `no answer to the INVITE: ${statusCode} ${message.reasonPhrase}`, id);
    this.#over(id, call, isOwn ? 'server-error' : reasonOfStatus(statusCode));
  }

  #over(id: string, call: Call, reason: ViewEndReason): void {
    const wasOver = call.isOver;
    call.isOver = true;
    if (!wasOver) this.#tell({ type: 'ended', call: id, reason });
  }

  #bye(id: string, call: Call): void {
    call.isOver = true;
    const { dialog } = call;
    if (dialog === null) return;
    const done = this.#pending();
    const refused = ({ message }: IncomingResponse): void => {
      done();
      // 481: the other side has ended it as well (RFC 3261 section 15.1.1).
      if (message.statusCode === 481) return;
      this.#violation('bye-refused', `BYE was answered ${message.statusCode} ${message.reasonPhrase}`, id);
    };
    this.#guarded('BYE', id, () => void dialog.bye({ onAccept: done, onReject: refused, onRedirect: refused }), done);
  }

  #add(id: string): Call {
    const call: Call = {
      invite: null,
      ring: null,
      dialog: null,
      isGivenUp: false,
      isAnswered: false,
      isConfirmed: false,
      isOver: false,
    };
    this.#calls.set(id, call);
    for (const [old, { isOver }] of this.#calls) if (this.#calls.size > CALLS_MAX && isOver) this.#calls.delete(old);
    return call;
  }

  #address(user: string): URI {
    return new URI('sip', encodeURIComponent(user), this.#identity.domain);
  }

  /** Marks the user agent as busy until the result is called. */
  #pending(): () => void {
    let isOpen = true;
    this.#open += 1;
    return () => {
      if (isOpen) this.#open -= 1;
      isOpen = false;
    };
  }

  /** The library throws if a step does not fit the state; effects of faults must not end the probe. */
  #guarded(what: string, call: string | null, step: () => unknown, otherwise?: () => void): void {
    try {
      step();
    } catch (error) {
      otherwise?.();
      this.#violation('sip-error', `${what}: ${error instanceof Error ? error.message : String(error)}`, call);
    }
  }

  #noCall(what: string, call: string): void {
    this.#violation('no-call', `${what}: there is no such call, or it is over`, call);
  }

  #violation(code: string, message: string, call: string | null): void {
    this.#tell({ type: 'violation', code, message, call });
  }
}

/**
 * Makes the dialog use the Contact of the answer (RFC 3261 section 12.1.2): that of an earlier 180 may belong to a connection that the
 * callee has lost in the meantime. The library keeps the first one.
 */
function retarget(session: Session, message: IncomingResponseMessage): void {
  const uri: unknown = message.parseHeader('contact')?.uri;
  if (uri instanceof URI && session instanceof SessionDialog) session['dialogState'].remoteTarget = uri;
}

/** How long the registrar keeps this contact, in seconds, out of all contacts of the user (RFC 3261 section 10.3). */
function expiresIn({ message }: IncomingResponse, contact: string): number {
  const own = message.getHeaders('contact').find((header) => header.startsWith(contact));
  const seconds = /;\s*expires\s*=\s*(\d{1,6})/i.exec(own ?? '')?.[1] ?? message.getHeader('expires');
  return Math.max(1, Number(seconds ?? EXPIRES_S) || EXPIRES_S);
}
