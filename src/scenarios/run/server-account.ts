/** The server's own account of a repetition, taken into its trace: numbered anew, and without what must not be kept. */
import type { ServerTraceEvent } from '../../server/listen.js';
import type { TraceBody } from '../../trace/event.js';
import { createPseudonyms, type Pseudonyms } from '../../trace/pseudonyms.js';
import type { Recorder } from '../../trace/recorder.js';
import { redactFrame, redactText } from '../../trace/redact.js';
import { createPrivacy, type Privacy } from '../../trace/redaction/privacy.js';

export class ServerAccount {
  readonly #pseudonyms: Pseudonyms;
  readonly #numbers = new Map<number, number>();

  constructor(
    readonly recorder: Recorder,
    readonly privacy: Privacy = createPrivacy(),
  ) {
    const { names, vault } = privacy;
    this.#pseudonyms = createPseudonyms({ hosts: names.pseudonyms, seen: (secret) => vault.see(secret) });
  }

  /** A frame as it may be kept, of whichever node: the same secret has the same stand-in everywhere in the trace. */
  redact(frame: unknown): unknown {
    return this.privacy.redaction === 'off' ? frame : redactFrame(frame, this.#pseudonyms);
  }

  /** A token as it is; it is looked for from now on in everything that is written. */
  secret(token: string): string {
    this.privacy.vault.add('token', token);
    return token;
  }

  /** The server numbers its events by itself; their causes are brought into the numbering of the trace. */
  take(events: readonly ServerTraceEvent[]): void {
    for (const { local, cause, at, body } of events) {
      const because = cause === null ? null : (this.#numbers.get(cause) ?? null);
      this.#numbers.set(local, this.recorder.record('server', at, because, this.#kept(body)));
    }
  }

  /** Whoever a server ends a connection for may have put anything into the reason that it gives. */
  #kept(body: TraceBody): TraceBody {
    if (this.privacy.redaction === 'off') return body;
    if (body.type === 'wire' && body.frame !== undefined) return { ...body, frame: this.redact(body.frame) };
    return body.type === 'violation' ? { ...body, message: redactText(body.message, this.#pseudonyms) } : body;
  }
}
