/** Stand-ins for what must not leave a machine: the same value always gets the same name, so that correlation survives. */

/** What a value was, which is all that its stand-in says. `device`, `message`, `word`, `id` and `number` are not secrets but may hold anything. */
export const SECRET_KINDS = [
  'host',
  'ufrag',
  'pwd',
  'fingerprint',
  'token',
  'session',
  'foundation',
  'ssrc',
  'msid',
  'cname',
  'credential',
  'key',
  'user',
  'call',
  'device',
  'message',
  'word',
  'id',
  'number',
] as const;
export type SecretKind = (typeof SECRET_KINDS)[number];

const STAND_IN = new RegExp(`^(?:${SECRET_KINDS.join('|')})-(?:\\d{1,6}|more)(?:\\.(?:ip4|ip6|mdns|name))?$`);

/** Whether a text is a stand-in already. Redacting twice changes nothing. */
export const isStandIn = (text: string): boolean => text.length < 32 && STAND_IN.test(text);

/** Gives out stand-ins. One per trace: names from two of them must not be compared. */
export interface Pseudonyms {
  /** `host-1`, `ufrag-2`: numbered by kind in the order of first sight. */
  of(kind: SecretKind, value: string): string;
  /** Every value replaced so far, for the search for leaks before something is published. */
  values(): readonly string[];
}

/** Something that must not be published. */
export interface Secret {
  readonly kind: SecretKind;
  readonly value: string;
}

/** Values remembered per kind; later ones share the name `host-more`, so that a flood from the wire stays bounded. */
export const PSEUDONYMS_PER_KIND_MAX = 4096;

export interface PseudonymOptions {
  /** Names what all traces of a run call the same: hosts, names of messages, words. */
  readonly shared?: Pseudonyms;
  /** Called for every value when it is replaced for the first time, with its stand-in. */
  seen?(secret: Secret, standIn: string): void;
}

const SHARED: ReadonlySet<SecretKind> = new Set<SecretKind>(['host', 'device', 'message', 'word']);

/** A pseudonymiser with an empty memory. */
export function createPseudonyms({ shared, seen }: PseudonymOptions = {}): Pseudonyms {
  const kinds = new Map<SecretKind, Map<string, string>>();
  return {
    of(kind, value) {
      if (isStandIn(value)) return value;
      if (shared !== undefined && SHARED.has(kind)) return shared.of(kind, value);
      const names = kinds.get(kind) ?? new Map<string, string>();
      kinds.set(kind, names);
      const known = names.get(value);
      if (known !== undefined) return known;
      if (names.size >= PSEUDONYMS_PER_KIND_MAX) return `${kind}-more`;
      const name = `${kind}-${names.size + 1}`;
      names.set(value, name);
      seen?.({ kind, value }, name);
      return name;
    },
    values: () => [...kinds.values()].flatMap((names) => [...names.keys()]),
  };
}

/** `ip4`, `ip6`, `mdns` (RFC 8828) or `name`. */
export type HostFamily = 'ip4' | 'ip6' | 'mdns' | 'name';

/** The family of an address as it stands in a candidate, a URL or a sentence. */
export function familyOf(host: string): HostFamily {
  if (isIp4(host)) return 'ip4';
  if (isIp6(host)) return 'ip6';
  return /\.local$/i.test(host) ? 'mdns' : 'name';
}

/**
 * The stand-in of an address: `host-1.ip4`. Its number and its family stay, so that "the same address" and "an IPv6
 * candidate" can still be seen. Loopback and unspecified addresses name nobody and stay as they are.
 */
export function hostName(host: string, names: Pseudonyms): string {
  if (isNobody(host) || isStandIn(host)) return host;
  return `${names.of('host', host.toLowerCase())}.${familyOf(host)}`;
}

/** Whether an address is loopback or unspecified. */
export function isNobody(host: string): boolean {
  return (
    host === '::1' || host === '::' || host === '0.0.0.0' || (host.startsWith('127.') && isIp4(host)) || host === 'localhost'
  );
}

/** Dotted quad. */
export function isIp4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
}

/** RFC 4291 section 2.2, all three forms, with or without a zone. */
export function isIp6(text: string): boolean {
  const zone = text.indexOf('%');
  const address = zone === -1 ? text : text.slice(0, zone);
  const halves = address.split('::');
  if (halves.length > 2 || !address.includes(':')) return false;
  let groups = 0;
  for (const [index, half] of halves.entries()) {
    if (half === '') continue;
    const parts = half.split(':');
    for (const [at, part] of parts.entries()) {
      const last = index === halves.length - 1 && at === parts.length - 1;
      if (last && isIp4(part)) groups += 2;
      else if (/^[0-9a-f]{1,4}$/i.test(part)) groups += 1;
      else return false;
    }
  }
  return halves.length === 2 ? groups < 8 : groups === 8;
}
