/** The short texts of a fault: its link (`alice.signaling`, `bob.media`) and its message (`bob sends accept`). */
import {
  ANYTHING,
  parseTrigger,
  RAW_KINDS,
  RAW_NAME,
  TRIGGER_EVENTS,
  TRIGGER_VERBS,
  type Trigger,
  wordsOf,
} from '../../faults/trigger.js';
import type { Read } from './duration.js';
import { NAME_PART, parseTarget } from './grammar.js';
import { quote } from './problem.js';
import { didYouMean } from './words.js';

const DEVICE = `${NAME_PART}(\\.${NAME_PART})?`;

/** The two paths between the ends of a call: messages over the server, and media. */
export const PLANES = ['signaling', 'media'] as const;
export type Plane = (typeof PLANES)[number];

/** A link in a scenario: the device as it is written, and the plane. */
export interface NamedLink {
  readonly device: string;
  readonly plane: Plane;
}

/** The pattern of links of these planes, also for the JSON Schema. */
export function linkPattern(...planes: readonly Plane[]): string {
  return `^${DEVICE}\\.(${planes.join('|')})$`;
}

const escaped = (words: readonly string[]): string =>
  words.map((word) => word.replaceAll('.', '\\.').replaceAll(' ', ' +')).join('|');

/** The pattern of a message, also for the JSON Schema. */
export const TRIGGER_PATTERN = `^${DEVICE} +(${TRIGGER_VERBS.map(
  (verb) => `${verb} +(${escaped([...wordsOf(verb), ...RAW_KINDS[verb], ANYTHING])}|${RAW_NAME.source.slice(1, -1)})`,
).join('|')})$`;

const LINK_HINT = 'name the link after its device, such as alice.signaling, bob.laptop.signaling or alice.media';
const TRIGGER_HINT = 'write an agent, a verb and a message, such as "bob sends accept" or "alice receives ringing"';

/** Reads `bob.laptop.signaling` into the device's name as written, `bob.laptop`, and the plane. Never throws. */
export function readLink(text: string): Read<NamedLink> {
  const dot = text.lastIndexOf('.');
  const [device, word] = dot < 0 ? [text, ''] : [text.slice(0, dot), text.slice(dot + 1)];
  const plane = PLANES.find((known) => known === word);
  if (plane !== undefined && parseTarget(device) !== null) return { ok: true, value: { device, plane } };
  if (parseTarget(text) !== null && parseTarget(device) !== null) {
    const near = /"(.*)"/.exec(didYouMean(word, PLANES))?.[1];
    return refuse(`${quote(text)} is not a link`, near === undefined ? LINK_HINT : `did you mean ${quote(`${device}.${near}`)}?`);
  }
  return refuse(`${quote(text)} is not a link`, LINK_HINT);
}

/** Reads a moment. Does not check whether the agent exists. Never throws. */
export function readTrigger(text: string): Read<Trigger> {
  const read = parseTrigger(text);
  if (read.ok) return { ok: true, value: read.trigger };
  const { word, known } = read;
  switch (read.wrong) {
    case 'sentence':
      return refuse(`${quote(word)} is not a message`, TRIGGER_HINT);
    case 'verb':
      return refuse(`unknown verb ${quote(word)} of a message`, didYouMean(word, known));
    case 'direction':
      return refuse(`no device sends ${quote(word)}, devices receive it`, `write receives, or one of: ${known.join(', ')}`);
    case 'event': {
      if (word === '') return refuse(`${quote(text)} names no message`, `known: ${known.join(', ')}`);
      const near = didYouMean(
        word,
        TRIGGER_EVENTS.map((event) => event.word),
      );
      return refuse(`unknown message ${quote(word)}`, near.startsWith('known') ? `known: ${known.join(', ')}` : near);
    }
  }
}

function refuse(message: string, hint: string): { readonly ok: false; readonly message: string; readonly hint: string } {
  return { ok: false, message, hint };
}
