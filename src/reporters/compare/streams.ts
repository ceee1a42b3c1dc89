/** What happened in a run, without what differs between any two runs of the same scenario: ids, times, digests, upkeep. */

import { deviceOf } from '../../judge/history/history.js';
import { isResult, type MessageKind, wholeOf } from '../../protocol/message-kinds.js';
import { beginOf, type EventOf, type RunBegin, roleOf, type TraceEvent } from '../../trace/event.js';
import { listIn } from '../../trace/grouping.js';
import { deliveriesOf, isUpward } from '../ladder/deliveries.js';
import { actionText, isHousekeeping, stateText } from '../ladder/labels.js';

/** One step of the life of a call. Two steps with the same key are the same step. */
export interface LifeStep {
  readonly key: string;
  readonly n: number;
  readonly at: number;
  readonly event: TraceEvent;
  /** In words: `alice/phone reads event.connected`. */
  readonly words: string;
  /** Whether two good runs of the same scenario may differ in it: it is the first difference only where there is no other. */
  readonly isMinor: boolean;
  /** For a message: the device at the server's link, which way it went, and its kind; else null. */
  readonly message: {
    readonly device: string;
    readonly dir: 'up' | 'down';
    readonly kind: MessageKind;
    readonly lost: boolean;
  } | null;
}

/**
 * The steps of a trace by stream: what one device writes, reads, shows and its user does, each by itself, since only within
 * a stream is the order the same in every run. What the probe does after the scenario's own steps is left out.
 */
export function streamsOf(trace: readonly TraceEvent[]): ReadonlyMap<string, readonly LifeStep[]> {
  const stop =
    trace.find((event) => event.type === 'mark' && (event.name === 'teardown' || event.name === 'redial'))?.n ?? Infinity;
  const { lost } = deliveriesOf(trace);
  const begin = beginOf(trace);
  const calls = new Map<string, number>();
  const ordinal = (call: string | null): string => {
    if (call === null) return '';
    const known = calls.get(call) ?? calls.size + 1;
    calls.set(call, known);
    return `#${known}`;
  };
  const streams = new Map<string, LifeStep[]>();
  const media = new Map<string, string>();
  for (const event of trace) {
    if (event.n >= stop) break;
    if (event.type === 'media') {
      // A sample of what goes on changes nothing.
      if (media.get(event.node) === event.state) continue;
      media.set(event.node, event.state);
    }
    const step = stepOf(event, lost, begin);
    if (step === null) continue;
    const { stream, key, words, message = null, isMinor = false } = step;
    const call = 'call' in event ? ordinal(event.call) : '';
    listIn(streams, stream).push({ key: `${key} ${call}`, n: event.n, at: event.at, event, words, message, isMinor });
  }
  return streams;
}

interface Step {
  readonly stream: string;
  readonly key: string;
  readonly words: string;
  readonly isMinor?: boolean;
  readonly message?: LifeStep['message'];
}

/** Candidates come in any number, and heartbeats, acknowledgements and log-ins at any time. */
const isTimeless = (kind: MessageKind): boolean =>
  isHousekeeping(kind) || kind === 'hello' || kind === 'welcome' || wholeOf(kind) === 'signal.candidate';

function stepOf(event: TraceEvent, lost: ReadonlySet<number>, begin: RunBegin | null): Step | null {
  const { node } = event;
  switch (event.type) {
    case 'action': {
      const text = actionText(event);
      return { stream: `user ${node}`, key: text, words: `${node}: ${text}` };
    }
    case 'state': {
      const text = stateText(event);
      return { stream: `view ${node}`, key: text, words: `${node} shows ${text}` };
    }
    case 'record':
      return roleOf(begin, node) === 'server' ? { stream: node, key: event.phase, words: `${node} is at ${event.phase}` } : null;
    case 'wire':
      return isTimeless(event.kind) ? null : wireStep(event, lost);
    case 'violation':
      return { stream: `violation ${node}`, key: event.code, words: `${node} reports ${event.code}` };
    case 'refused':
      return {
        stream: `refused ${event.device}`,
        key: `${event.command} ${event.why}`,
        words: `${node} refuses ${event.command} of ${event.device}: ${event.why}`,
      };
    case 'unsent':
      return { stream: `user ${node}`, key: `unsent ${event.kind}`, words: `${node} cannot send ${event.kind}: ${event.why}` };
    case 'fault': {
      if (event.act !== 'hit') return null;
      // A fault by chance strikes another number of times; what it struck differs by itself.
      return { stream: `fault ${node}`, key: event.fault, words: `the fault ${event.fault} strikes ${node}`, isMinor: true };
    }
    case 'media':
      if (event.state !== 'flowing' && event.state !== 'failed') return null;
      // Whether media still came to flow is a matter of time.
      return {
        ...{ stream: `media ${node}`, key: event.state, words: `media of ${node} is ${event.state}` },
        isMinor: event.state === 'flowing',
      };
    case 'mark':
      if (event.ok !== false || event.name !== 'expect') return null;
      return {
        stream: 'expectations',
        key: `${event.path} ${event.text}`,
        words: `${event.path ?? 'an expectation'} does not hold: ${event.text}${event.actual === null ? '' : `, saw ${event.actual}`}`,
      };
    default:
      return null;
  }
}

/** A message where its device wrote or read it, and where the server wrote what its device never read. */
function wireStep(event: EventOf<'wire'>, lost: ReadonlySet<number>): Step | null {
  const isLost = lost.has(event.n);
  const device = deviceOf(event);
  if (event.node !== device && !(event.dir === 'out' && isLost)) return null;
  const dir = isUpward(event) ? 'up' : 'down';
  const verb = dir === 'up' ? 'writes' : isLost ? 'is written' : 'reads';
  const fate = isLost ? ', which is lost' : '';
  return {
    // Answers to commands and events of the call come on one connection, but each in an order of its own.
    stream: `${dir} ${isResult(event.kind) ? 'result' : 'message'} ${device}`,
    key: `${event.kind}${isLost ? ' lost' : ''}`,
    words: `${device} ${verb} ${event.kind}${fate}`,
    message: { device, dir, kind: event.kind, lost: isLost },
    // Presence, statistics and the like: no rule of the dialect gives them a meaning.
    isMinor: event.kind === 'unmapped',
  };
}
