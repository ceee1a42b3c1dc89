/** Secrets from the environment or from a file that it names, never from argv, which every user of the machine can read. */
import { readFileSync } from 'node:fs';
import { SECRET_CHARS_MIN } from '../server/admission.js';
import { UsageError } from './exit.js';

/**
 * The secret of this environment variable, or the trimmed content of the file that `NAME_FILE` names; null if neither is set.
 * Throws a UsageError that names the variable or the file, and never its content.
 */
export function secretFrom(name: string, environment: NodeJS.ProcessEnv = process.env): string | null {
  const value = environment[name];
  const file = environment[`${name}_FILE`];
  if (value !== undefined && file !== undefined) {
    throw new UsageError(`${name} and ${name}_FILE are both set; unset one of them`);
  }
  if (file !== undefined) return longEnough(contentOf(file, `${name}_FILE`), `${name}_FILE: the secret in ${file}`);
  return value === undefined ? null : longEnough(value, name);
}

function contentOf(file: string, variable: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new UsageError(
      `${variable}: ${JSON.stringify(file)} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`,
    );
  }
}

function longEnough(secret: string, what: string): string {
  if (secret.length >= SECRET_CHARS_MIN) return secret;
  throw new UsageError(`${what} is shorter than ${SECRET_CHARS_MIN} characters; generate one with "openssl rand -hex 32"`);
}
