/** The stand-ins of one run: the same person, host and foreign call is called the same in all of its traces and reports. */
import { createPseudonyms, hostName, isNobody, type Pseudonyms, type Secret } from '../pseudonyms.js';
import { redactText } from '../redact.js';
import { lengthOnly } from '../redact-sdp.js';
import { NameFinder } from './name-finder.js';
import { isRole } from './roles.js';

/** Values remembered of each kind; later ones share a stand-in, so that a flood from the wire stays bounded. */
export const NAMES_MAX = 4096;

/** Longest text that is kept, in characters. */
export const TEXT_CHARS_MAX = 16 * 1024;

/** What replaces names. It learns them where they stand alone, and then finds them in sentences as well. */
export interface Names {
  /** Stand-ins of addresses and of what sentences hold of secrets; the traces of the run share its hosts. */
  readonly pseudonyms: Pseudonyms;
  /** A user's name: roles stay, others become `user-1`. */
  person(name: string): string;
  /** A node, link or hop: `jane/phone`, `jane/phone.signaling`, `server`. */
  address(text: string): string;
  /** The id of a call: those that the probe makes stay, those of a foreign server become `call-1`. */
  call(id: string): string;
  /** `bundled`, or a URL without user, query and host. */
  target(url: string): string;
  /** A sentence, without what identifies people or opens doors. */
  text(text: string): string;
  /** A path, without the folder of whoever is at home there. */
  path(path: string): string;
  /** A command to paste, without what the user's own commands say. */
  command(command: string): string;
  /** Only the names that are known, wherever they stand as words of their own. */
  rename(text: string): string;
  /** The way back, for whoever sits at the machine. */
  reveal(text: string): string;
  /** Everybody who has a stand-in, by their own names. */
  people(): readonly string[];
}

const STAND_IN_HOST = /^host-(\d+|more)\.(ip4|ip6|mdns|name)$/;

/** Names with an empty memory; `seen` is told of every value when it is replaced for the first time. */
export function createNames(seen: (secret: Secret) => void = () => undefined): Names {
  const pseudonyms = createPseudonyms({ seen });
  const persons = new Map<string, string>();
  const calls = new Map<string, string>();
  /** Words to find in sentences, in lower case, with their stand-ins. */
  const words = new Map<string, string>();
  const taken = new Set<string>();
  const finder = new NameFinder();
  let back: ReadonlyMap<string, string> = new Map();
  let known = 0;

  const learnWord = (word: string, standIn: string): void => {
    const key = word.toLowerCase();
    // Brackets and dots alone are in every sentence.
    if (words.has(key) || !/[\p{L}\p{N}].*[\p{L}\p{N}]/u.test(word)) return;
    words.set(key, standIn);
    finder.add(word);
  };
  const rename = (text: string): string => {
    const parts: string[] = [];
    let kept = 0;
    for (const { name, start, end } of finder.in(text)) {
      parts.push(text.slice(kept, start), words.get(name.toLowerCase()) ?? name);
      kept = end;
    }
    return kept === 0 ? text : parts.join('') + text.slice(kept);
  };
  const person = (name: string): string => {
    const known = persons.get(name) ?? words.get(name.toLowerCase());
    if (known !== undefined) return known;
    if (name === '') return name;
    if (isRole(name)) {
      taken.add(name.toLowerCase());
      return name;
    }
    if (persons.size >= NAMES_MAX) return 'user-more';
    let number = persons.size + 1;
    while (taken.has(`user-${number}`)) number++;
    const standIn = `user-${number}`;
    taken.add(standIn);
    persons.set(name, standIn);
    seen({ kind: 'user', value: name });
    learnWord(name, standIn);
    return standIn;
  };
  const host = (written: string): string => {
    const name = written.replace(/^\[|\]$/g, '');
    if (isNobody(name)) return written;
    if (STAND_IN_HOST.test(name)) return name;
    const standIn = hostName(name, pseudonyms);
    // In the network of containers hosts are called `server` and `web`: such a word is one in every sentence.
    if (/[.\d-]/.test(name) && words.size < 3 * NAMES_MAX) learnWord(name, standIn);
    return standIn;
  };
  const hostsOut = (text: string): string =>
    text.replace(
      /\b([a-z][a-z0-9+.-]{1,20}):\/\/((?:[^\s"'<>`/?#@]*@)?)(\[[^\]\s]*\]|[^\s"'<>`/?#:@,;)]+)((?::\d{1,5})?)([^\s"'<>`]*)/gi,
      (_, scheme: string, user: string, name: string, port: string, rest: string) =>
        `${scheme}://${user === '' ? '' : 'redacted@'}${host(name)}${port}${pathOf(rest)}`,
    );
  const home = (text: string): string =>
    text.replace(
      /(^|[\s"'`=(:])(?:\/(?:home|Users)\/[^\s/"'`]+|\/root|[A-Z]:[\\/]Users[\\/][^\s\\/"'`]+)(?=[\\/"'`\s]|$)/g,
      '$1~',
    );
  const text = (sentence: string): string => {
    const cut = sentence.slice(0, TEXT_CHARS_MAX);
    const clean = home(rename(contacts(hostsOut(redactText(cut, pseudonyms)), person, host)));
    return cut.length === sentence.length ? clean : `${clean} ${lengthOnly(sentence.slice(cut.length))}`;
  };
  return {
    pseudonyms,
    person,
    address(address) {
      if (address === 'server' || address === 'probe') return address;
      const user = /^([^\s/]+)\/[^\s/]+$/.exec(address)?.[1];
      if (user !== undefined) person(user);
      return rename(address.slice(0, 256));
    },
    call(id) {
      if (isOwnCall(id)) return rename(id);
      const known = calls.get(id);
      if (known !== undefined) return known;
      if (calls.size >= NAMES_MAX) return 'call-more';
      const standIn = `call-${calls.size + 1}`;
      calls.set(id, standIn);
      seen({ kind: 'call', value: id });
      learnWord(id, standIn);
      return standIn;
    },
    target: (url) => (url === 'bundled' ? url : text(url)),
    text,
    path: (path) => rename(home(path.slice(0, 1024))),
    command: (command) => text(command.replace(/(--[a-z]+-command)(?:\s+|=)('(?:[^']|'\\'')*'|"[^"]*"|\S+)/g, "$1 '<command>'")),
    rename,
    reveal(renamed) {
      if (words.size === 0) return renamed;
      if (known !== words.size) back = new Map([...words, ...persons, ...calls].map(([name, standIn]) => [standIn, name]));
      known = words.size;
      return renamed.replace(
        /(?<![\p{L}\p{N}])(?:user|call)-\d+(?![\p{L}\p{N}])|host-\d+\.name/gu,
        (found) => back.get(found) ?? found,
      );
    },
    people: () => [...persons.keys()],
  };
}

/** Ids that the probe's agents draw, stand-ins, and words too short to identify anybody. */
function isOwnCall(id: string): boolean {
  return /^c-[\w.~-]{1,80}-[0-9a-z]{5,12}$/.test(id) || /^[a-z]{1,8}(-more|-?\d{0,4})$/i.test(id);
}

/** What follows host and port: parts that look made by a machine open doors as a query does. */
function pathOf(rest: string): string {
  return rest.replace(/[^/?#]+/g, (part) => (/^(?=.*\d)[\w.~%=-]{20,}$/.test(part) ? lengthOnly(part) : part));
}

/** Mail and SIP addresses, hosts of URLs without slashes, and telephone numbers in their international form (E.164). */
function contacts(text: string, person: (name: string) => string, host: (name: string) => string): string {
  return text
    .replace(
      /\b((?:sip|turn|stun)s?:(?:redacted@)?)((?:[\w-]{1,63}\.)+[\w-]{1,24})/gi,
      (_, before: string, name: string) => before + host(name),
    )
    .replace(/(?<![\w.+@-])([\w.+-]{1,64})@(?:[\w-]{1,63}\.)+[a-z]{2,24}(?![\w-])/gi, (found, name: string) =>
      name === 'redacted' ? found : `${person(name)}@redacted`,
    )
    .replace(/(?<![\w+])\+\d{7,15}(?!\d)/g, (number) => person(number));
}
