/** The connection of a device breaks, and no other can be opened for a while. */
import { numberOf, textOf } from '../fault.js';
import type { ConnectionFault } from './connection-fault.js';

/** Close codes that an application must not send (RFC 6455 section 7.4). */
const RESERVED_CODES = [1004, 1005, 1006, 1015];

export const disconnect: ConnectionFault = {
  name: 'disconnect',
  doc: 'The signaling connection of a device breaks, with a close frame if a code is given. No connection can be opened until the time is over. The application reconnects by itself.',
  layer: 'connection',
  needs: null,
  absence: 'until-registered',
  parameters: [
    { name: 'disconnect', doc: 'how long no connection can be opened', type: { type: 'duration', msMin: 1 }, default: null },
    {
      name: 'code',
      doc: 'close code (RFC 6455); 0 breaks without a close frame',
      type: { type: 'count', min: 0, max: 4999 },
      default: '0',
    },
    { name: 'reason', doc: 'reason in the close frame', type: { type: 'text', charsMax: 123 }, default: '' },
  ],
  example: 'fault: { link: alice.signaling, disconnect: 1s, on: bob sends accept }',
  refuses(values) {
    const code = numberOf(values, 'code');
    const isFree = code === 0 || (code >= 1000 && code <= 1014 && !RESERVED_CODES.includes(code)) || code >= 3000;
    return isFree ? null : `close code ${code} cannot be sent: take 1000-1003, 1007-1014 or 3000-4999`;
  },
  script(values) {
    const code = numberOf(values, 'code');
    const ending =
      code === 0 ? ({ how: 'silent' } as const) : ({ how: 'close', code, reason: textOf(values, 'reason') } as const);
    return {
      acts: [{ do: 'refuse' }, { do: 'break', ...ending }, { do: 'wait', ms: numberOf(values, 'disconnect') }],
      undo: [{ do: 'allow' }],
    };
  },
};
