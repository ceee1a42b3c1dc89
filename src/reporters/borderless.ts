/** A table without any lines, for cli-table3. */

/** Nothing in the place of every line that a table can have. */
export const NO_LINES: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
  ].map((key) => [key, '']),
);
