/** Session descriptions and candidates without the people in them: the structure stays, addresses and secrets become stand-ins. */
import { hostName, isStandIn, type Pseudonyms } from './pseudonyms.js';
import { isPlain, isPlainText } from './words.js';

/** Whether a text is what redaction left in place of another. */
export const isNote = (text: string): boolean => /^redacted(?:\([\w= ]{1,24}\))?$/.test(text);

/** How an unknown string is written: its length is all that stays. */
export function lengthOnly(text: string): string {
  if (isNote(text)) return text;
  return `redacted(len=${text.length})`;
}

const LINES_MAX = 2000;
const MEDIA =
  /^(audio|video|application|text|message|image) \d{1,5}(\/\d{1,3})? [A-Z/]{3,24}( (\d{1,3}|\*|webrtc-datachannel|t38)){1,64}$/;

/**
 * A session description (RFC 8866) in which line types, media sections, mids, directions, codecs and the type, protocol
 * and family of candidates are kept. Everything that is not known to be harmless goes: attributes are an allow-list.
 */
export function redactSdp(sdp: string, names: Pseudonyms): string {
  const lines = sdp.split(/\r\n|\n|\r/);
  const kept = lines.slice(0, LINES_MAX).map((line) => (line === '' ? '' : redactLine(line, names)));
  if (lines.length > LINES_MAX) kept.push(`a=${lengthOnly(sdp)}`);
  return kept.join('\r\n');
}

/** A candidate line (RFC 8839 section 5.1), with or without `a=`; the empty string (end of candidates) stays empty. */
export function redactCandidate(line: string, names: Pseudonyms): string {
  if (line.trim() === '') return '';
  const prefix = line.startsWith('a=') ? 'a=' : '';
  const [foundation, component, protocol, priority, address, port, typ, type, ...rest] = line
    .slice(prefix.length)
    .replace(/^candidate:/, '')
    .split(' ')
    .filter((word) => word !== '');
  if (type === undefined || typ !== 'typ' || foundation === undefined || address === undefined) return lengthOnly(line);
  const head = [
    `${prefix}candidate:${names.of('foundation', foundation)}`,
    digits(component),
    /^(udp|tcp|ssltcp|tls)$/i.test(protocol ?? '') ? protocol : 'redacted',
    digits(priority),
    hostName(address, names),
    digits(port),
    'typ',
    /^(host|srflx|prflx|relay)$/.test(type) ? type : 'redacted',
  ];
  return [...head, ...candidateExtras(rest, names)].join(' ');
}

function candidateExtras(words: readonly string[], names: Pseudonyms): string[] {
  const extras: string[] = [];
  for (let i = 0; i + 1 < words.length; i += 2) {
    const key = words[i] ?? '';
    const value = words[i + 1] ?? '';
    if (key === 'raddr') extras.push(key, hostName(value, names));
    else if (key === 'ufrag') extras.push(key, names.of('ufrag', value));
    else if (/^(rport|generation|network-id|network-cost)$/.test(key)) extras.push(key, digits(value));
    else if (key === 'tcptype' && /^(active|passive|so)$/.test(value)) extras.push(key, value);
    else extras.push('redacted', lengthOnly(value));
  }
  return extras;
}

function redactLine(line: string, names: Pseudonyms): string {
  const type = line.slice(0, 2);
  const value = line.slice(2);
  switch (type) {
    case 'v=':
    case 't=':
      return type + (/^[\d ]{1,40}$/.test(value) ? value : lengthOnly(value));
    case 'o=':
      return type + redactOrigin(value, names);
    case 's=':
      return type + (value === '-' || value === ' ' ? value : lengthOnly(value));
    case 'c=':
      return type + redactConnection(value, names);
    case 'b=':
      return type + (/^[A-Z]{1,5}:\d{1,10}$/.test(value) ? value : lengthOnly(value));
    case 'm=':
      return type + (MEDIA.test(value) ? value : lengthOnly(value));
    case 'a=':
      return redactAttribute(value, names);
    default:
      return /^[a-z]=/.test(line) ? type + lengthOnly(value) : lengthOnly(line);
  }
}

/** `IN IP4 192.0.2.1/127`, with an optional suffix for multicast. */
function redactConnection(value: string, names: Pseudonyms): string {
  const match = /^IN (IP4|IP6) ([^ /]+)(\/\d{1,3})?$/.exec(value);
  return match === null ? lengthOnly(value) : `IN ${match[1]} ${hostName(match[2] ?? '', names)}`;
}

/** `user session version IN IP4 address`: a short version number counts offers and stays. */
function redactOrigin(value: string, names: Pseudonyms): string {
  const match = /^(\S+) (\S+) (\S+) (IN IP[46] \S+)$/.exec(value);
  if (match === null) return lengthOnly(value);
  const [, , session = '', version = '', connection = ''] = match;
  const count = /^\d{1,5}$/.test(version) ? version : names.of('session', version);
  return `- ${names.of('session', session)} ${count} ${redactConnection(connection, names)}`;
}

const CODEC =
  '(?:opus|PCM[UA]|G72[29](?:-16)?|G711|iLBC|ISAC|L16|CN|telephone-event|red|rtx|ulpfec|flexfec-03|VP[89]|AV1X?|H26[1345](?:-1998)?|HEVC|MPA|speex)';
const FEEDBACK = '(?:nack|ack|pli|fir|sli|rpsi|ccm|tmmbr|goog-remb|transport-cc|app|trr-int|rrtr|lntf)';
const ICE_OPTION = '(?:trickle|ice2|renomination|google-ice)';

/** Attributes whose value says nothing about people, and what such a value looks like: words of the format, and numbers. */
const HARMLESS: ReadonlyMap<string, RegExp> = new Map([
  ['rtpmap', new RegExp(`^\\d{1,3} ${CODEC}/\\d{1,8}(/\\d{1,2})?$`, 'i')],
  ['fmtp', /^\d{1,3} ([a-z-]{1,40}=(\d{1,9}|[0-9a-f]{6})([; ]+[a-z-]{1,40}=(\d{1,9}|[0-9a-f]{6})){0,32}|\d[\d,-]{0,24})$/i],
  ['rtcp-fb', new RegExp(`^(\\d{1,3}|\\*) ${FEEDBACK}( (${FEEDBACK}|\\d{1,5})){0,2}$`)],
  [
    'extmap',
    /^\d{1,5}(\/[a-z]{1,10})? (urn:ietf:params:rtp-hdrext:[\w:.-]{1,60}|https?:\/\/(www\.webrtc\.org|www\.ietf\.org|aomediacodec\.github\.io)\/[\w./#-]{1,120})$/,
  ],
  ['ice-options', new RegExp(`^${ICE_OPTION}([ ,]${ICE_OPTION}){0,4}$`)],
  ['setup', /^(active|passive|actpass|holdconn)$/],
  ['ptime', /^\d{1,5}$/],
  ['maxptime', /^\d{1,5}$/],
  ['sctp-port', /^\d{1,5}$/],
  ['sctpmap', /^\d{1,5} webrtc-datachannel \d{1,6}$/],
  ['max-message-size', /^\d{1,10}$/],
  ['msid-semantic', /^ ?WMS( \*)?$/],
]);
const FLAGS = new Set(
  'sendrecv sendonly recvonly inactive rtcp-mux rtcp-mux-only rtcp-rsize end-of-candidates bundle-only extmap-allow-mixed ice-lite'.split(
    ' ',
  ),
);

function redactAttribute(attribute: string, names: Pseudonyms): string {
  const colon = attribute.indexOf(':');
  if (colon === -1) return FLAGS.has(attribute) ? `a=${attribute}` : `a=${lengthOnly(attribute)}`;
  const name = attribute.slice(0, colon);
  const value = attribute.slice(colon + 1);
  switch (name) {
    case 'candidate':
      return `a=${redactCandidate(attribute, names)}`;
    case 'ice-ufrag':
      return `a=ice-ufrag:${names.of('ufrag', value)}`;
    case 'ice-pwd':
      return `a=ice-pwd:${names.of('pwd', value)}`;
    case 'fingerprint': {
      const [hash = '', bytes = ''] = value.split(' ');
      return `a=fingerprint:${/^(sha-(1|224|256|384|512)|md[25])$/i.test(hash) ? hash : 'redacted'} ${names.of('fingerprint', isStandIn(bytes) ? bytes : bytes.toUpperCase())}`;
    }
    case 'rtcp': {
      const [port = '', ...connection] = value.split(' ');
      return `a=rtcp:${digits(port)}${connection.length > 0 ? ` ${redactConnection(connection.join(' '), names)}` : ''}`;
    }
    case 'msid':
      return `a=msid:${value
        .split(' ')
        .map((id) => (id === '-' ? id : names.of('msid', id)))
        .join(' ')}`;
    case 'ssrc':
      return `a=ssrc:${redactSource(value, names)}`;
    case 'ssrc-group': {
      const [kind = '', ...sources] = value.split(' ');
      return `a=ssrc-group:${/^[A-Z-]{2,8}$/.test(kind) ? kind : 'redacted'} ${sources.map((id) => names.of('ssrc', id)).join(' ')}`;
    }
    case 'mid':
    case 'group':
      return `a=${name}:${value.length <= 128 && isPlainText(value) ? value : lengthOnly(value)}`;
    default: {
      const harmless = HARMLESS.get(name)?.test(value) === true;
      return `a=${HARMLESS.has(name) || isPlain(name) ? name : 'redacted'}:${harmless ? value : lengthOnly(value)}`;
    }
  }
}

/** `1234 cname:x` or `1234 msid:a b`. */
function redactSource(value: string, names: Pseudonyms): string {
  const match = /^(\d{1,10}|ssrc-\w{1,6})(?: (cname|msid):(.+))?/.exec(value);
  if (match === null) return lengthOnly(value);
  const [, source = '', what, id = ''] = match;
  const rest =
    what === 'cname'
      ? ` cname:${names.of('cname', id)}`
      : what === 'msid'
        ? ` msid:${id
            .split(' ')
            .map((part) => names.of('msid', part))
            .join(' ')}`
        : '';
  return names.of('ssrc', source) + rest;
}

function digits(text: string | undefined): string {
  return text !== undefined && /^\d{1,10}$/.test(text) ? text : 'redacted';
}
