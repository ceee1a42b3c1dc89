/** Names of secrets: columns of credentials, and values that a dialect takes. */

export const SECRET_NAME = /token|pass|secret|key|jwt|auth|cred|pin\b|cookie|session|ticket/i;

/** A value of this length is machine-made, whatever the name of its header. */
const MADE_CHARS_MIN = 16;

/** Secrets in the headers of a connection: whole values, and the token in `Bearer TOKEN`. A tenant or a version is no secret. */
export function secretsInHeaders(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    if (!SECRET_NAME.test(name) && value.length < MADE_CHARS_MIN) return [];
    const [scheme = '', ...rest] = value.split(' ');
    return /^(bearer|basic|digest|token)$/i.test(scheme) && rest.length > 0 ? [value, rest.join(' ')] : [value];
  });
}
