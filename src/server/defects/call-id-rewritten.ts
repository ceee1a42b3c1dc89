/** The answer reaches the caller under another id than the one that he called with. */

import { alteringAnswer } from './altered-answer.js';
import type { ServerDefect } from './defect.js';

export const callIdRewritten: ServerDefect = {
  side: 'server',
  name: 'call-id-rewritten',
  doc: 'The server tells the caller of the answer under the id of another call: both are connected, and not with each other.',
  seenIn: 'openimsdk/openim-h5-demo #47',
  wrap: (policy) =>
    alteringAnswer(policy, (answer) => [{ ...answer, record: { ...answer.record, id: `${answer.record.id}-b` } }]),
};
