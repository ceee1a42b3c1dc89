/** Where a reader of the report is, as the fragment of a link: `#s=3&r=2&n=57`. */

export interface Route {
  /** Index of the scenario in the report; null on the first visit. */
  readonly scenario: number | null;
  /** Number of the repetition; null for the one that matters. */
  readonly repetition: number | null;
  /** Number of the event that is selected. */
  readonly event: number | null;
}

/** The fragment, with its `#`. */
export function fragmentOf({ scenario, repetition, event }: Route): string {
  const parts = [
    ...(scenario === null ? [] : [`s=${scenario}`]),
    ...(repetition === null ? [] : [`r=${repetition}`]),
    ...(event === null ? [] : [`n=${event}`]),
  ];
  return `#${parts.join('&')}`;
}

/** Reads a fragment; what is missing or no whole number is null. */
export function routeOf(fragment: string): Route {
  const values = new URLSearchParams(fragment.replace(/^#/, ''));
  const whole = (name: string): number | null => {
    const text = values.get(name) ?? '';
    return /^\d{1,9}$/.test(text) ? Number(text) : null;
  };
  return { scenario: whole('s'), repetition: whole('r'), event: whole('n') };
}
