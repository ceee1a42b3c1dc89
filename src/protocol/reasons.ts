/** Why calls end, why commands are refused and why connections are closed: three closed lists with stable codes. */

/** Reasons that the record of a call can end with. */
export const END_REASONS = [
  'hangup',
  'cancelled',
  'rejected',
  'busy',
  'missed',
  'unreachable',
  'peer-lost',
  'media-failed',
  'server-error',
] as const;
export type EndReason = (typeof END_REASONS)[number];

/** Reasons that only a view has: the call went on, or ended, at another device of the same user. */
export const VIEW_END_REASONS = [...END_REASONS, 'answered-elsewhere', 'rejected-elsewhere'] as const;
export type ViewEndReason = (typeof VIEW_END_REASONS)[number];

/** Why the server refused a command. A refusal carries the record where there is one, so that it also synchronises. */
export const REFUSALS = {
  'unknown-call': 'no such call, or it was forgotten',
  'not-a-participant': 'the sender has no part in this call',
  'not-your-move': 'this move belongs to the other side',
  'not-connected': 'the call is not connected yet; cancel or reject it instead',
  'already-connected': 'the call was answered first; hang up instead',
  'answered-elsewhere': 'another device of the same user answered first',
  'already-ended': 'the call is over',
  'self-call': 'a user cannot call himself',
  'call-id-taken': 'another call has this id',
  'own-line-busy': 'the caller already has a live call',
  'too-many-calls': 'the server holds as many calls as it may',
  'too-many-invitations': 'the caller has called too often in the last minute',
} as const;
export type Refusal = keyof typeof REFUSALS;

/** Close codes of the WebSocket (RFC 6455 section 7.4; 4000-4999 are the application's own). */
export const CLOSE = {
  normal: { code: 1000, reason: 'bye' },
  goingAway: { code: 1001, reason: 'server is going away, reconnect' },
  tooBig: { code: 1009, reason: 'frame too large' },
  serverError: { code: 1011, reason: 'server error, reconnect' },
  restart: { code: 1012, reason: 'service restart, reconnect' },
  badFrame: { code: 4400, reason: 'bad frame' },
  unauthorized: { code: 4401, reason: 'token refused' },
  helloTimeout: { code: 4408, reason: 'no hello in time' },
  replaced: { code: 4409, reason: 'replaced by a newer connection of this device' },
  tokenExpired: { code: 4411, reason: 'token expired, connect with a new one' },
  unknownType: { code: 4422, reason: 'unknown frame type' },
  tooManyDevices: { code: 4423, reason: 'too many devices of this user' },
  slowConsumer: { code: 4429, reason: 'does not read or acknowledge what it is sent' },
  silent: { code: 4430, reason: 'silent for too long' },
  rateLimited: { code: 4431, reason: 'too many frames or bytes' },
} as const;
export type CloseName = keyof typeof CLOSE;

/** What `GET /v1/calls/:id` says, with 404, of a call that there is not, or not for this user. */
export const NO_SUCH_CALL = 'no such call';
