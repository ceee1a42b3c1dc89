/** `call-probe token USER`: a token for a client of the bundled server. */
import { NameSchema } from '../protocol/frame-schemas.js';
import { LIMITS } from '../protocol/limits.js';
import { parseDuration } from '../scenarios/language/duration.js';
import { DEVELOPMENT_SECRET, mintToken } from '../server/admission.js';
import { EXIT, UsageError } from './exit.js';
import { secretFrom } from './secret.js';

const TTL_MS = { min: 1_000, max: 30 * 24 * 3_600_000 };

/** Prints only the token to standard output, so that it can be assigned to a variable. */
export async function tokenCommand(user: string, ttl: string): Promise<number> {
  if (!NameSchema.safeParse(user).success) {
    throw new UsageError(
      `${JSON.stringify(user.slice(0, 80))} is not a valid user name: 1 to ${LIMITS.nameCharsMax} characters without spaces and slashes`,
    );
  }
  const read = parseDuration(ttl, TTL_MS.min, TTL_MS.max);
  if (!read.ok) throw new UsageError(`--ttl ${JSON.stringify(ttl.slice(0, 80))}: ${read.message}; ${read.hint}`);
  const secret = secretFrom('CALL_PROBE_SECRET');
  if (secret === null) {
    process.stderr.write(
      'warning: CALL_PROBE_SECRET is not set: this token is signed with the public development secret, for loopback only\n',
    );
  }
  process.stdout.write(`${await mintToken(secret ?? DEVELOPMENT_SECRET, user, Math.floor(read.value / 1_000))}\n`);
  return EXIT.held;
}
