/** The plain search for secrets in a text, which tests hold the quick one against. */

/**
 * Those of `secrets` that stand in `text`: as they are, as JSON or a URL writes them, in any case. Secrets of fewer
 * than 6 characters are not looked for, they would be found in innocent words. Nothing may be published that leaks.
 */
export function leaks(text: string, secrets: readonly string[]): string[] {
  const searched = text.toLowerCase();
  const stands = (form: string): boolean => searched.includes(form.toLowerCase());
  return secrets.filter((secret) => secret.length >= 6 && formsOf(secret).some(stands));
}

function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const forms = [secret, json, json.replaceAll('/', '\\/')];
  // A lone surrogate has no form in a URL.
  return /[\ud800-\udfff]/u.test(secret) ? forms : [...forms, encodeURIComponent(secret)];
}
