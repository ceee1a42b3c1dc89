/** Every frame is written once. */
import { writingOnce } from '../../protocol/unhardened.js';
import type { ServerDefect } from './defect.js';

export const neverResends: ServerDefect = {
  side: 'server',
  name: 'never-resends',
  doc: 'The server sends every frame once: an answer that is lost on the way to the caller is lost for good.',
  seenIn: 'GetStream/stream-video-js #2393',
  wrap: (policy) => ({
    ...policy,
    answersByHttp: false,
    machine: (waits) => writingOnce(policy.machine(waits)),
    snapshot: () => [],
  }),
};
