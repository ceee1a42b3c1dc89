/** What --include-sensitive means for a command. */
import { createPrivacy, type Privacy } from '../trace/redaction/privacy.js';

/** Privacy by the flag, said out loud where it is off; the secret of the target is known as one from the beginning. */
export function privacyOf(includeSensitive: boolean): Privacy {
  const privacy = createPrivacy(includeSensitive ? 'off' : 'on');
  const secret = process.env['CALL_PROBE_SECRET'];
  if (secret !== undefined) privacy.vault.pin('credential', secret);
  if (includeSensitive) process.stderr.write(SENSITIVE);
  return privacy;
}

const SENSITIVE =
  'WARNING: --include-sensitive: traces and reports of this run hold tokens, ICE passwords, addresses and names as they are. ' +
  'Give them to nobody.\n';
