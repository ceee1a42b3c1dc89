/** The small sentences of a fault: which link it acts on (`alice.signaling`) and when it begins (`bob sends accept`). */
import { parseTrigger, TRIGGER_EVENTS, TRIGGER_VERBS, type Trigger, wordsOf } from '../faults/trigger.js';
import type { Read } from './duration.js';
import { NAME_PART, parseTarget } from './grammar.js';
import { quote } from './problem.js';
import { didYouMean } from './words.js';

const DEVICE = `${NAME_PART}(\\.${NAME_PART})?`;

/** What a link looks like; also the pattern of the JSON Schema. */
export const LINK_PATTERN = `^${DEVICE}\\.signaling$`;

/** What a moment looks like; also the pattern of the JSON Schema. */
export const TRIGGER_PATTERN = `^${DEVICE} +(${TRIGGER_VERBS.map(
  (verb) => `${verb} +(${wordsOf(verb).join('|').replaceAll(' ', ' +')})`,
).join('|')})$`;

const LINK_HINT = 'name the link after its device, such as alice.signaling or bob.laptop.signaling';
const TRIGGER_HINT = 'write who, what he does and which message, such as "bob sends accept" or "alice receives ringing"';

/** Reads `bob.laptop.signaling` into the device's name as it stands there, `bob.laptop`. Never throws. */
export function readLink(text: string): Read<string> {
  const dot = text.lastIndexOf('.');
  const [name, kind] = dot < 0 ? [text, ''] : [text.slice(0, dot), text.slice(dot + 1)];
  if (kind === 'signaling' && parseTarget(name) !== null) return { ok: true, value: name };
  if (parseTarget(text) !== null && parseTarget(name) !== null) {
    const near = didYouMean(kind, ['signaling']);
    return refuse(
      `${quote(text)} is no link`,
      near.startsWith('did') ? `did you mean ${quote(`${name}.signaling`)}?` : LINK_HINT,
    );
  }
  return refuse(`${quote(text)} is no link`, LINK_HINT);
}

/** Reads a moment. Whether the agent exists is not its business. Never throws. */
export function readTrigger(text: string): Read<Trigger> {
  const read = parseTrigger(text);
  if (read.ok) return { ok: true, value: read.trigger };
  const { word, known } = read;
  switch (read.wrong) {
    case 'sentence':
      return refuse(`${quote(word)} is no moment`, TRIGGER_HINT);
    case 'verb':
      return refuse(`unknown word ${quote(word)} in a moment`, didYouMean(word, known));
    case 'direction':
      return refuse(`no device sends ${quote(word)}, devices are told of it`, `write receives, or one of: ${known.join(', ')}`);
    case 'event': {
      if (word === '') return refuse(`${quote(text)} does not say which message`, `known: ${known.join(', ')}`);
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
