/** Cases of servers in other styles: Socket.IO with and without acknowledgements, a broadcast of states, arrays. */
import { casesOf, healthy, type StrangerCase, type StrangerServer } from './case.js';
import { startArrays } from './servers/arrays.js';
import { startPlainIo } from './servers/plain-io.js';
import { startRooms } from './servers/rooms.js';
import { startStatus } from './servers/status.js';

const ROOMS: StrangerServer = { name: 'rooms', start: startRooms, dialect: 'rooms' };
const STATUS: StrangerServer = { name: 'status', start: startStatus, dialect: 'status' };
const ARRAYS: StrangerServer = { name: 'arrays', start: startArrays, dialect: 'arrays' };
const PLAIN_IO: StrangerServer = { name: 'plain-io', start: startPlainIo, dialect: 'plain-io' };

export const MORE_CASES: readonly StrangerCase[] = [
  healthy(
    ROOMS,
    ...['accept', 'decline', 'cancel', 'caller-has-two-tabs', 'cancel-and-call-again', 'two-devices-answer', 'phone-answers'],
    ...['accept-crosses-cancel', 'laptop-declines', 'two-talk-a-third-calls', 'caller-is-gone', 'a-third-is-there'],
  ),
  ...casesOf(ROOMS, [
    ['leave-dropped-while-ringing', 'a cancel is acknowledged with ok and not passed on', 'cancel', ['not-forwarded']],
    ['refusal-to-another-tab', 'the decline goes to another tab of the caller', 'caller-has-two-tabs', ['wrong-recipient']],
    [
      'busy-after-cancel',
      'a user stays busy after a cancelled call',
      'cancel-and-call-again cancel',
      ['stale-state', 'refused-by-server'],
    ],
    ['busy-at-once', 'a call to a user who is in no call is refused: busy', 'accept', ['refused-by-server', 'stale-state']],
    [
      'two-take-it',
      'both devices of the callee get the call',
      'two-devices-answer',
      ['handled-twice', 'second-call-not-refused', 'other-device-not-told'],
    ],
    ['other-tab-rings-on', 'the other tab is not notified of the answer', 'phone-answers', ['other-device-not-told']],
    ['pickup-not-passed-on', 'an answer is acknowledged with ok and not passed on', 'accept', ['not-forwarded']],
    [
      'first-tab-forgotten',
      'the second tab replaces the first one, which rings no more',
      'phone-answers',
      ['not-forwarded', 'other-device-not-told', 'stale-registration'],
    ],
  ]),
  healthy(
    STATUS,
    ...[
      'accept',
      'callee-hangs-up',
      'decline',
      'cancel',
      'answer-at-once',
      'nobody-hangs-up',
      'two-talk-a-third-calls',
      'a-third-is-there',
    ],
    ...[
      'callee-reconnects-while-ringing',
      'two-devices-answer',
      'phone-answers',
      'cancel-and-call-again',
      'accept-crosses-cancel',
    ],
  ),
  ...casesOf(STATUS, [
    ['end-only-while-ringing', 'a hang-up is passed on only while the call rings', 'accept callee-hangs-up', ['not-forwarded']],
    ['decline-as-cancel', 'a decline arrives as a cancel', 'decline', ['wrong-reason']],
    [
      'accepted-before-ringing',
      'the caller gets "ringing" only after the answer',
      'accept answer-at-once',
      ['not-forwarded', 'reordered', 'applied-late'],
    ],
    ['ends-after-a-second', 'the server ends the call a second after the answer', 'nobody-hangs-up', ['unprovoked']],
    ['third-call-ends-all', 'a third call ends the call that goes on', 'two-talk-a-third-calls', ['unprovoked', 'impersonated']],
    [
      'forgets-at-reconnect',
      'the call is forgotten when the callee reconnects',
      'callee-reconnects-while-ringing',
      ['refused-by-server', 'lost-downlink'],
    ],
    ['slow-to-callers', 'what goes to callers takes 1.8 s', 'accept callee-hangs-up', ['applied-late']],
    ['drops-bursts', 'what comes within 50 ms of another message is lost', 'answer-at-once', ['not-forwarded']],
    ['missed-to-decliner', 'the callee who declined is sent "missed"', 'decline', ['wrong-reason'], 'status-waits'],
    ['error-403-to-hang-up', 'a hang-up is refused: only the host may end it', 'callee-hangs-up', ['refused-by-server']],
  ]),
  healthy(
    ARRAYS,
    ...[
      'accept',
      'decline',
      'cancel',
      'cancel-while-the-answer-is-on-its-way',
      'answer-and-hang-up',
      'callee-reconnected-before-the-call',
    ],
    ...['callee-hangs-up', 'a-third-is-there', 'two-talk-a-third-calls', 'two-calls-at-once'],
  ),
  ...casesOf(ARRAYS, [
    ['swaps-users', 'another user rings than the one who is called', 'a-third-is-there', ['wrong-recipient']],
    [
      'cancel-lost-to-answer',
      'a cancel that crosses the answer is dropped',
      'cancel-while-the-answer-is-on-its-way',
      ['not-forwarded'],
    ],
    [
      'answer-overtaken',
      'the hang-up overtakes the answer, and the caller is connected for ever',
      'answer-and-hang-up',
      ['reordered', 'revived-call'],
    ],
    [
      'absent-after-reconnect',
      "the old connection's end makes a connected user absent",
      'callee-reconnected-before-the-call',
      ['stale-registration'],
    ],
    [
      'hang-up-back-to-sender',
      'a hang-up is sent back to the one who hung up',
      'accept callee-hangs-up',
      ['wrong-recipient', 'not-forwarded'],
    ],
    ['decline-lost', 'the server read the decline and did not pass it on', 'decline', ['not-forwarded']],
    [
      'rings-twice',
      'one call rings twice, under a second id',
      'cancel',
      ['unprovoked', 'handled-twice', 'revived-call', 'wrong-recipient'],
    ],
  ]),
  healthy(
    PLAIN_IO,
    ...[
      'accept',
      'decline',
      'cancel',
      'two-calls-at-once',
      'a-third-is-there',
      'callee-hangs-up',
      'caller-is-gone',
      'answer-at-once',
    ],
    ...['two-talk-a-third-calls', 'cancel-and-call-again'],
  ),
  ...casesOf(PLAIN_IO, [
    ['invitation-to-all', 'everybody who is connected rings', 'a-third-is-there', ['wrong-recipient']],
    ['answer-to-latest-caller', 'the answer goes to whoever called last', 'two-calls-at-once', ['wrong-recipient']],
    ['hang-up-echoed', 'a hang-up is sent back to the one who hung up', 'callee-hangs-up', ['wrong-recipient', 'not-forwarded']],
    ['reject-dropped', 'the server read the decline and did not pass it on', 'decline', ['not-forwarded']],
    ['gone-not-noticed', 'the caller is gone and the callee is not notified', 'caller-is-gone', ['stale-state']],
    ['answer-without-answer', 'the caller is sent an answer that nobody gave', 'rings-for-a-while', ['unprovoked']],
    ['slow-to-callees', 'an invitation takes 2.5 s', 'accept', ['applied-late']],
    ['refuses-all', 'a call to a user who is in no call is refused: busy', 'accept', ['refused-by-server', 'stale-state']],
  ]),
];
