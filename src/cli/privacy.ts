/** What --include-sensitive means for a command. */
import { createPrivacy, type Privacy } from '../trace/redaction/privacy.js';

/** Privacy by the flag, with a warning if it is off; the target's secret is registered from the start. */
export function privacyOf(includeSensitive: boolean): Privacy {
  const privacy = createPrivacy(includeSensitive ? 'off' : 'on');
  const secret = process.env['CALL_PROBE_SECRET'];
  if (secret !== undefined) privacy.vault.pin('credential', secret);
  if (includeSensitive) process.stderr.write(SENSITIVE);
  return privacy;
}

const SENSITIVE =
  'WARNING: --include-sensitive: traces and reports of this run contain tokens, ICE passwords, addresses and names. ' +
  'Do not share them.\n';
