/** The answer leaves the server without a field that it must have. */

import { alteringAnswer } from './altered-answer.js';
import type { ServerDefect } from './defect.js';

export const fieldStripped: ServerDefect = {
  side: 'server',
  name: 'field-stripped',
  doc: 'The server sends the answer to the caller without its version: the client cannot read it and keeps ringing.',
  seenIn: 'matrix-org/matrix-js-sdk #2393',
  wrap: (policy) =>
    alteringAnswer(policy, ({ record: { version, ...rest }, ...answer }) => [
      // Deliberately not a valid record: the client's schema has to detect it.
      { ...answer, record: rest as typeof rest & { version: typeof version } },
    ]),
};
