/** The answer reaches the caller under another call id. */

import { alteringAnswer } from './altered-answer.js';
import type { ServerDefect } from './defect.js';

export const callIdRewritten: ServerDefect = {
  side: 'server',
  name: 'call-id-rewritten',
  doc: 'The server sends the answer to the caller under the id of another call: both are connected, but not with each other.',
  seenIn: 'openimsdk/openim-h5-demo #47',
  wrap: (policy) =>
    alteringAnswer(policy, (answer) => [{ ...answer, record: { ...answer.record, id: `${answer.record.id}-b` } }]),
};
