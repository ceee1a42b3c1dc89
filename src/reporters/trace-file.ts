/** A trace in a file, read line by line and without trust: bounded in bytes and events, whatever the file holds. */
import { closeSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { isUpkeep } from '../protocol/message-kinds.js';
import { beginOf, type TraceEvent } from '../trace/event.js';
import { createDecoder, JSONL_LIMITS, type TraceDecoder, type TraceProblem } from '../trace/jsonl.js';

export const TRACE_FILE = {
  /** Events of one trace that are kept: more than any one scenario makes. */
  eventsMax: 100_000,
  /** Text of one trace that is read, in bytes: what comes after is not looked at. */
  bytesMax: 96 * 2 ** 20,
} as const;

const CHUNK_BYTES = 256 * 1024;

export interface TraceFile {
  /** Empty when nothing of it can be used. */
  readonly events: readonly TraceEvent[];
  readonly problems: readonly TraceProblem[];
  /** How much of it was not looked at, in a sentence, or null when all was. */
  readonly unread: string | null;
  /** Why nothing of it can be used, or null. `line` is 0 for the file as a whole. */
  readonly refusal: TraceProblem | null;
}

export interface TraceFileOptions {
  readonly eventsMax?: number;
  readonly bytesMax?: number;
  /** Of frames that only keep the delivery going, keeps what the diagnosis looks at and no more: that saves most of the memory. */
  readonly isLean?: boolean;
}

/** Reads one trace. Never throws: what can't be read is a refusal with its reason. */
export function readTraceFile(file: string, options: TraceFileOptions = {}): TraceFile {
  const { eventsMax = TRACE_FILE.eventsMax, bytesMax = TRACE_FILE.bytesMax, isLean = false } = options;
  const events: TraceEvent[] = [];
  let samples = 0;
  let dropped = 0;
  let isFull = false;
  const decoder = createDecoder((event) => {
    const isSample = event.type === 'timer' || (event.type === 'media' && event.stats !== null);
    if (isSample) samples++;
    // Samples are given up first: without them there is still a story.
    if (isSample && samples > eventsMax / 4) dropped++;
    else if (events.length < eventsMax) events.push(isLean ? lean(event) : event);
    else isFull = true;
  });
  const text = new Lines(decoder);
  const taken = { bytes: 0 };
  const refused = (line: number, message: string): TraceFile => ({
    events: [],
    problems: [],
    unread: null,
    refusal: { line, message },
  });
  try {
    for (const chunk of chunksOf(file, bytesMax, taken)) {
      const flaw = text.isEmpty ? foreignness(chunk) : null;
      if (flaw !== null) return refused(0, flaw);
      text.add(chunk);
      if (decoder.isForeign() || isFull || text.isStuck) break;
    }
  } catch (error) {
    return refused(0, error instanceof Error ? error.message : String(error));
  }
  const wasCut = isFull || taken.bytes > bytesMax;
  if (!wasCut && !text.isStuck) text.end();
  if (text.isStuck && events.length === 0)
    return refused(text.lines + 1, `a line of more than ${JSONL_LIMITS.lineCharsMax} characters: this is no trace`);
  const problems = decoder.finish();
  if (events.length === 0 || decoder.isForeign()) {
    const [first] = problems;
    return refused(first?.line ?? 0, text.isEmpty ? 'the file is empty' : (first?.message ?? 'no event could be read'));
  }
  const unread = [
    ...(wasCut || text.isStuck ? [`only the first ${events.length} events were read`] : []),
    ...(dropped > 0 ? [`${dropped} samples of timers and media were left out`] : []),
  ];
  return { events, problems, unread: unread.length === 0 ? null : unread.join('; '), refusal: null };
}

/** What is wrong with a trace whose whole has to be known, in one sentence; null when nothing is. */
export function flawOf({ events, problems, unread, refusal }: TraceFile): string | null {
  const [first] = problems;
  const flaw =
    refusal ?? (beginOf(events) === null ? { line: 0, message: 'it does not start with the beginning of a run' } : first);
  return flaw === undefined ? unread : `${flaw.line === 0 ? '' : `line ${flaw.line}: `}${flaw.message}`;
}

/** The file in pieces of text, until more than `bytesMax` bytes are taken. */
function* chunksOf(file: string, bytesMax: number, taken: { bytes: number }): Generator<string> {
  const handle = openSync(file, 'r');
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    const decoder = new StringDecoder('utf8');
    while (taken.bytes <= bytesMax) {
      const count = readSync(handle, buffer, 0, CHUNK_BYTES, null);
      if (count === 0) break;
      taken.bytes += count;
      yield decoder.write(buffer.subarray(0, count));
    }
    const rest = decoder.end();
    if (rest !== '') yield rest;
  } finally {
    closeSync(handle);
  }
}

/** Text that comes in pieces, handed to a decoder by lines. */
class Lines {
  isEmpty = true;
  lines = 0;
  #rest = '';

  constructor(readonly decoder: TraceDecoder) {}

  /** Whether a line is longer than any event: it is not gathered to its end. */
  get isStuck(): boolean {
    return this.#rest.length > 4 * JSONL_LIMITS.lineCharsMax;
  }

  add(chunk: string): void {
    const text = this.#rest + (this.isEmpty && chunk.charCodeAt(0) === 0xfeff ? chunk.slice(1) : chunk);
    this.isEmpty = false;
    let start = 0;
    for (let stop = text.indexOf('\n'); stop !== -1; stop = text.indexOf('\n', start)) {
      this.decoder.line(text, start, stop, true);
      this.lines++;
      start = stop + 1;
    }
    this.#rest = text.slice(start);
  }

  end(): void {
    if (this.#rest !== '' && !this.decoder.isForeign()) this.decoder.line(this.#rest, 0, this.#rest.length, false);
  }
}

/** A frame of upkeep without its text, but for the acknowledgement that may ride on it. */
function lean(event: TraceEvent): TraceEvent {
  if (event.type !== 'wire' || !isUpkeep(event.kind)) return event;
  const { frame, ...slim } = event;
  const ack = typeof frame === 'object' && frame !== null && 'ack' in frame ? frame.ack : undefined;
  return typeof ack === 'number' ? { ...slim, frame: { ack } } : slim;
}

/** Why the beginning of a file can't be that of a trace, or null when it may be. */
function foreignness(head: string): string | null {
  if (head.includes('\0') || head.startsWith('\u001f\ufffd'))
    return 'this is a binary or compressed file, no trace; unpack it first';
  const text = head.trimStart();
  if (/^\{\s*"log"\s*:/.test(text))
    return 'this is a HAR file of a browser, which says nothing about WebSocket calls; a trace is a file *.trace.jsonl of call-probe';
  if (/^\{[^\n]*"schema"\s*:\s*"call-probe\/report@/.test(text) || /^\{\s*"schema"\s*:\s*"call-probe\/report@/.test(text)) {
    return 'this is a report, no trace; its scenarios name their traces under "trace"';
  }
  return null;
}
