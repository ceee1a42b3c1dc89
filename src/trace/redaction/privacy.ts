/** What a run knows about privacy: whether it redacts, the stand-ins that it gave, and the secrets that it has seen. */
import { LeakError, leakIn } from './leak-scan.js';
import { createNames, type Names } from './names.js';
import { SecretVault } from './vault.js';

/** One for a run, its traces and all of its reports. */
export interface Privacy {
  /** `off` with --include-sensitive: everything is written as it was seen. */
  readonly redaction: 'on' | 'off';
  readonly names: Names;
  readonly vault: SecretVault;
  /** What was not written since it would have leaked, as sentences. */
  readonly refusals: string[];
}

export function createPrivacy(redaction: Privacy['redaction'] = 'on'): Privacy {
  const vault = new SecretVault();
  return { redaction, names: createNames((secret) => vault.see(secret)), vault, refusals: [] };
}

/** Throws a LeakError when `text` holds what must not be published; `what` is the thing about to be written, as a subject. */
export function assertNoLeak(text: string, privacy: Privacy, what: string, line = 1): void {
  if (privacy.redaction === 'off') return;
  const leak = leakIn(text, privacy.vault, privacy.names, line);
  if (leak !== null) throw new LeakError(leak, what);
}
