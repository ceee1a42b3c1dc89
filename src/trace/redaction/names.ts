/** The stand-ins of one run: the same person, host and foreign call is called the same in all of its traces and reports. */
import { Book, NAMES_MAX } from './book.js';
import { createPseudonyms, hostName, isNobody, isStandIn, type Pseudonyms, type Secret, type SecretKind } from './pseudonyms.js';
import { Renamer } from './renamer.js';
import { lengthOnly, redactCandidate, redactSdp } from './sdp.js';
import { redactText } from './sentence.js';
import { looksSecret } from './vault.js';
import { isPlain, isPlainText, replaceUncommon } from './words.js';

/** Longest text that is kept, in characters. */
export const TEXT_CHARS_MAX = 16 * 1024;
const PATH_CHARS_MAX = 1024;
/** Texts of each kind whose result is kept, and the longest of them. */
const MEMO = { textsMax: 1_000, charsMax: 8 * 1024 } as const;
/** What is no secret, and can be called by its name again on the user's own terminal. */
const REVEALED: ReadonlySet<SecretKind> = new Set<SecretKind>(['device', 'message', 'word']);
/** Longest name of a message, key or id that is kept. */
const LABEL_CHARS_MAX = 128;

/** What replaces names. It learns them where they stand alone, and then finds them in sentences as well. */
export interface Names {
  /** Stand-ins of addresses and of what sentences hold of secrets; the traces of the run share its hosts. */
  readonly pseudonyms: Pseudonyms;
  /** A user's name: roles stay, others become `user-1`. */
  person(name: string): string;
  /** What a frame says of a party: a user, or a device with its user; common words stay. */
  party(text: string): string;
  /** A device of the scenario, `jane/phone`: the name of the device is known from now on, and stays. */
  participant(address: string): string;
  /** The name of a device. */
  device(name: string): string;
  /** A node, link or hop: `jane/phone`, `jane/phone.signaling`, `server`. */
  address(text: string): string;
  /** The id of a call: those that the probe makes stay, those of a foreign server become `call-1`. */
  call(id: string): string;
  /** Any id of a frame: of a call, of a command, or of what only the target knows. */
  id(id: string): string;
  /** `bundled`, or a URL without user, query and host. */
  target(url: string): string;
  /** A sentence of the probe or of a scenario, without what identifies people or opens doors. */
  text(text: string): string;
  /** A sentence that a stranger wrote, or that holds one: every word that is not common becomes `word-1`. */
  foreign(text: string): string;
  /** A name that a target gave to a message, a state or a status: it stays when it is made of common words. */
  label(text: string): string;
  /** A key of a frame, likewise. */
  key(text: string): string;
  /** A session description, and a candidate. */
  sdp(text: string): string;
  candidate(text: string): string;
  /** What `make` makes of a value of this trace: the same value is looked at once, until something is learned. */
  once(value: object, make: () => unknown): unknown;
  /** A path, without the folder of whoever is at home there. */
  path(path: string): string;
  /** A command to paste, without what the user's own commands say. */
  command(command: string): string;
  /** Only the names and secrets that are known, wherever they stand as words of their own. */
  rename(text: string): string;
  /** The way back, for whoever sits at the machine. */
  reveal(text: string): string;
  /** Everybody who has a stand-in, by their own names. */
  people(): readonly string[];
  /** The same people and hosts, with secrets numbered anew: for one trace. */
  forTrace(): Names;
}

/** Names with an empty memory; `seen` is called for every value when it is replaced for the first time. */
export function createNames(seen: (secret: Secret) => void = () => undefined): Names {
  return new NamesOf(new Book(seen), null);
}

class NamesOf implements Names {
  readonly pseudonyms: Pseudonyms;
  readonly #book: Book;
  readonly #shared: Pseudonyms | null;
  /** Secrets of this trace, to be found in its sentences. */
  readonly #secrets = new Renamer();
  readonly #made = new WeakMap<object, { readonly made: unknown; readonly learned: number }>();

  constructor(book: Book, shared: Pseudonyms | null) {
    this.#book = book;
    this.#shared = shared;
    this.pseudonyms = createPseudonyms({
      ...(shared === null ? {} : { shared }),
      seen: (secret, standIn) => {
        book.seen(secret);
        if (REVEALED.has(secret.kind)) book.remember(secret.value, standIn);
        // Hosts have stand-ins with their family; they are learned where they stand as such.
        if (secret.kind !== 'host' && looksSecret(secret)) this.#secrets.add(secret.value, standIn);
      },
    });
  }

  person(name: string): string {
    return this.#book.person(name);
  }

  readonly party = this.#memo((text) => {
    if (text.includes('/')) return this.address(text);
    return isPlain(text) && this.#book.words.get(text) === undefined ? text : this.person(text);
  });

  participant(address: string): string {
    const device = address.slice(address.indexOf('/') + 1);
    if (device !== address && device.length <= LABEL_CHARS_MAX && this.#book.devices.size < NAMES_MAX)
      this.#book.devices.add(device);
    return this.address(address);
  }

  readonly device = this.#memo((name) => {
    const renamed = this.rename(name);
    return this.#book.devices.has(name) || isPlain(renamed) ? renamed : this.pseudonyms.of('device', name);
  });

  readonly address = this.#memo((address) => {
    const [, user, device = ''] = /^([^\s/]+)\/([^\s/]+)$/.exec(address) ?? [];
    if (user === undefined) return this.label(address);
    const [, name = device, link = ''] = /^(.+)(\.(?:signaling|media|ws|http))$/.exec(device) ?? [];
    return `${this.person(user)}/${this.device(name)}${link}`;
  });

  readonly call = this.#memo((id) => this.#book.call(id));

  readonly id = this.#memo((id) => {
    const known = this.#book.knownCall(id) ?? this.#book.ownId(id);
    if (known !== undefined) return known;
    const clean = this.text(id);
    return isStandIn(clean) ? clean : this.pseudonyms.of('id', id);
  });

  target(url: string): string {
    return url === 'bundled' ? url : this.text(url);
  }

  readonly text = this.#memo((sentence) => {
    const cut = sentence.slice(0, TEXT_CHARS_MAX);
    const clean = withoutHomes(
      this.rename(this.#withoutContacts(this.#withoutHosts(redactText(this.#secrets.rename(cut), this.pseudonyms)))),
    );
    return cut.length === sentence.length ? clean : `${clean} ${lengthOnly(sentence.slice(cut.length))}`;
  });

  readonly foreign = this.#memo((sentence) =>
    replaceUncommon(
      this.text(sentence),
      (token) => this.#book.ownId(token) !== undefined,
      (kind, found) => this.pseudonyms.of(kind, found),
    ),
  );

  readonly label = this.#memo((text) => {
    if (/\s/.test(text)) return this.foreign(text);
    const renamed = this.rename(text);
    return renamed.length <= LABEL_CHARS_MAX && isPlainText(renamed) ? renamed : this.pseudonyms.of('message', text);
  });

  readonly key = this.#memo((text) => {
    const renamed = this.rename(text);
    return renamed.length <= LABEL_CHARS_MAX && isPlainText(renamed) ? renamed : this.pseudonyms.of('key', text);
  });

  readonly sdp = this.#memo((text) => redactSdp(text, this.pseudonyms), true);
  readonly candidate = this.#memo((text) => redactCandidate(text, this.pseudonyms), true);

  once(value: object, make: () => unknown): unknown {
    const before = this.#made.get(value);
    if (before !== undefined && before.learned === this.#learned) return before.made;
    const made = make();
    this.#made.set(value, { made, learned: this.#learned });
    return made;
  }

  path(path: string): string {
    return this.text(path.slice(0, PATH_CHARS_MAX));
  }

  command(command: string): string {
    return this.text(command.replace(/(--[a-z]+-command)(?:\s+|=)('(?:[^']|'\\'')*'|"[^"]*"|\S+)/g, "$1 '<command>'"));
  }

  readonly rename = this.#memo((text) => this.#book.words.rename(this.#secrets.rename(text)));

  reveal(text: string): string {
    return this.#book.reveal(text);
  }

  people(): readonly string[] {
    return this.#book.people();
  }

  forTrace(): Names {
    return new NamesOf(this.#book, this.#shared ?? this.pseudonyms);
  }

  #withoutHosts(text: string): string {
    if (!text.includes('://')) return text;
    return text.replace(
      /\b([a-z][a-z0-9+.-]{1,20}):\/\/((?:[^\s"'<>`/?#@]*@)?)(\[[^\]\s]*\]|[^\s"'<>`/?#:@,;)]+)((?::\d{1,5})?)([^\s"'<>`]*)/gi,
      (_, scheme: string, user: string, name: string, port: string, rest: string) =>
        `${scheme}://${user === '' ? '' : 'redacted@'}${this.#host(name)}${port}${pathOf(rest)}`,
    );
  }

  #host(written: string): string {
    const name = written.replace(/^\[|\]$/g, '');
    if (isNobody(name)) return written;
    if (isStandIn(name)) return name;
    const standIn = hostName(name, this.pseudonyms);
    // In the network of containers hosts are called `server` and `web`: such a word is one in every sentence.
    if (/[.\d-]/.test(name) && this.#book.words.size < 3 * NAMES_MAX) this.#book.words.add(name, standIn);
    return standIn;
  }

  /** Mail and SIP addresses, hosts of URLs without slashes, and telephone numbers in their international form (E.164). */
  #withoutContacts(text: string): string {
    if (!/[:@+]/.test(text)) return text;
    return text
      .replace(
        /\b((?:sip|turn|stun)s?:(?:redacted@)?)((?:[\w-]{1,63}\.)+[\w-]{1,24})/gi,
        (_, before: string, name: string) => before + this.#host(name),
      )
      .replace(/(?<![\w.+@-])([\w.+-]{1,64})@(?:[\w-]{1,63}\.)+[a-z]{2,24}(?![\w-])/gi, (found, name: string) =>
        name === 'redacted' ? found : `${this.person(name)}@redacted`,
      )
      .replace(/(?<![\w+])\+\d{7,15}(?!\d)/g, (number) => this.person(number));
  }

  /** How much is known that a text may hold. */
  get #learned(): number {
    return this.#book.size + this.#secrets.size;
  }

  /** Remembers what became of a text, until something is learned that it may hold; for good where that is `isStable`. */
  #memo(change: (text: string) => string, isStable = false): (text: string) => string {
    const known = new Map<string, string>();
    let size = 0;
    return (text) => {
      const learned = isStable ? 0 : this.#learned;
      if (learned !== size || known.size > MEMO.textsMax) known.clear();
      size = learned;
      const before = known.get(text);
      if (before !== undefined) return before;
      const after = change(text);
      if (text.length <= MEMO.charsMax) known.set(text, after);
      return after;
    };
  }
}

function withoutHomes(text: string): string {
  if (!/[/\\]/.test(text)) return text;
  return text.replace(
    /(^|[\s"'`=(:])(?:\/(?:home|Users)\/[^\s/"'`]+|\/root|[A-Z]:[\\/]Users[\\/][^\s\\/"'`]+)(?=[\\/"'`\s]|$)/g,
    '$1~',
  );
}

/** What follows host and port: parts that look made by a machine open doors as a query does. */
function pathOf(rest: string): string {
  return rest.replace(/[^/?#]+/g, (part) => (/^(?=.*\d)[\w.~%=-]{20,}$/.test(part) ? lengthOnly(part) : part));
}
