/** Every secret that a run has seen, kept so that it can be looked for in what is about to be published. Bounded. */
import { isNobody, type Secret, type SecretKind } from './pseudonyms.js';
import { isRole } from './roles.js';
import { ShortSecrets } from './short-secrets.js';
import { WINDOW, WordIndex } from './word-index.js';

/** A secret found where it must not be. Says what and where, never the secret itself. */
export interface Found {
  readonly kind: SecretKind | 'private-key' | 'url-query' | 'address';
  /** Where it begins in the text. */
  readonly index: number;
}

/** A fragment of an ICE user shorter than this stands in digests and ids by chance, and counts where it stands alone. */
const LONG = 12;

/** Secrets kept in each of two generations: when the younger is full, the older is given up. */
export const VAULT_MAX = 50_000;

export class SecretVault {
  /** Given by the user; never given up. */
  readonly #pinned = new WordIndex<SecretKind>();
  readonly #short = new ShortSecrets(formsOf);
  #young = new WordIndex<SecretKind>();
  #old = new WordIndex<SecretKind>();
  readonly #max: number;

  constructor(max = VAULT_MAX) {
    this.#max = max;
  }

  /** Takes what the user gave, such as a signing secret: it is looked for as long as the run lasts. */
  pin(kind: SecretKind, value: string): void {
    if (value.length < WINDOW) this.#short.add(kind, value);
    else if (!this.#pinned.has(value)) this.#pinned.add(value, formsOf(value), kind);
  }

  /** Takes what the run itself made, or logs in with: a token, a password. */
  add(kind: SecretKind, value: string): void {
    if (value.length < WINDOW) return this.#short.add(kind, value);
    if (this.#pinned.has(value) || this.#old.has(value) || this.#young.has(value)) return;
    if (this.#young.size >= this.#max) {
      this.#old = this.#young;
      this.#young = new WordIndex();
    }
    this.#young.add(value, formsOf(value), kind, kind === 'ufrag' && value.length < LONG);
  }

  /**
   * Takes something that was replaced in a frame or a sentence. Any words may have stood where a secret is expected
   * (`password: required`, a stream named `alice/phone`), so only what looks as if it had been made up by a machine counts.
   */
  see(secret: Secret): void {
    if (looksSecret(secret)) this.add(secret.kind, secret.value);
  }

  /** Every secret that is looked for. */
  values(): readonly string[] {
    return [this.#pinned, this.#short, this.#old, this.#young].flatMap((one) => one.values());
  }

  get size(): number {
    return this.#pinned.size + this.#short.size + this.#old.size + this.#young.size;
  }

  /** The first secret in `text`, in any case, as it is or as JSON, HTML or a URL write it; null when there is none. Linear. */
  find(text: string): Found | null {
    let first: Found | null = null;
    for (const index of [this.#pinned, this.#short, this.#old, this.#young]) {
      const hit = index.find(text);
      if (hit !== null && (first === null || hit.index < first.index)) first = { kind: hit.tag, index: hit.index };
    }
    return first;
  }
}

/** Kinds that hold words, numbers and people; those are looked for apart, or stand elsewhere by chance. */
const HARMLESS: ReadonlySet<SecretKind> = new Set<SecretKind>([
  'ssrc',
  'foundation',
  'user',
  'device',
  'message',
  'word',
  'id',
  'number',
]);

/** Whether a value that stood where a secret may looks as if a machine had made it up. */
export function looksSecret({ kind, value }: Secret): boolean {
  if (value.length < WINDOW || HARMLESS.has(kind)) return false;
  if (/^\d+$/.test(value)) return value.length >= 12;
  if (kind === 'host') return /[.:]/.test(value) && /\d|\.[a-z]{2,}$/i.test(value) && !isNobody(value);
  return value.split(/[^\p{L}\p{N}]+/u).some((part) => !isRole(part) && !/^([A-Z]?[a-z]{0,15}|[A-Z]{1,15}|\d{1,5})$/.test(part));
}

/** A secret as it is, and as the formats of reports write it. */
function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const html = secret.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
  const named = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
  const forms = [secret, json, json.replaceAll('/', '\\/'), html, named, named.replaceAll("'", '&#39;')];
  // A lone surrogate has no form in a URL.
  if (!/[\ud800-\udfff]/u.test(secret)) forms.push(encodeURIComponent(secret));
  return [...new Set(forms)];
}
