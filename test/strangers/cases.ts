/** The cases: every server of this folder without a bug and with each of its bugs. */
import { casesOf, healthy, type StrangerCase, type StrangerServer } from './case.js';
import { MORE_CASES } from './more-cases.js';
import { startHub } from './servers/hub.js';
import { startRelay } from './servers/relay.js';

const RELAY: StrangerServer = { name: 'relay', start: startRelay, dialect: 'relay' };
const HUB: StrangerServer = { name: 'hub', start: startHub, dialect: 'hub' };

export const CASES: readonly StrangerCase[] = [
  healthy(
    RELAY,
    ...['accept', 'decline', 'cancel', 'nobody-hangs-up', 'callee-reconnected-before-the-call', 'two-talk-a-third-calls'],
    ...['caller-is-gone', 'network-switch-while-ringing', 'caller-changes-network', 'accept-twice', 'accept-after-cancel'],
  ),
  ...casesOf(RELAY, [
    ['no-decline', 'the server read the decline and did not pass it on', 'decline', ['not-forwarded']],
    ['no-cancel', 'the server read the cancel and did not pass it on', 'cancel', ['not-forwarded']],
    ['swallow-accept', 'the server read the accept and did not pass it on', 'accept', ['not-forwarded']],
    ['error-to-accept', 'the server refuses the accept: no such call', 'accept', ['refused-by-server']],
    [
      'late-close',
      "the end of the old connection removes the new one, and a connected user is 'unavailable'",
      'callee-reconnected-before-the-call',
      ['stale-registration', 'not-forwarded', 'refused-by-server'],
    ],
    [
      'old-socket',
      'the answer is written to the connection that placed the call, which is gone',
      'caller-changes-network-and-expects-the-answer',
      ['stale-registration', 'lost-downlink', 'not-forwarded'],
      'relay-keeps-calls',
    ],
    ['late-accept', 'an answer to a call that is over is passed on', 'accept-after-cancel', ['revived-call', 'stale-state']],
    ['accept-twice', 'a second accept is passed on', 'accept-twice', ['handled-twice', 'duplicated']],
    ['hangup-twice', 'one hang-up is sent on twice', 'accept', ['handled-twice', 'duplicated']],
    [
      'taken-to-taker',
      'the callee is sent the end of the call that he has just answered',
      'accept',
      ['unprovoked', 'wrong-recipient'],
    ],
    ['answered-at-ringing', 'the caller is sent an answer that nobody gave', 'accept', ['unprovoked']],
    ['ends-by-itself', 'the server ends a call that nobody ended', 'nobody-hangs-up', ['unprovoked']],
    ['rings-again', 'a call that was cancelled rings again', 'cancel', ['revived-call']],
    ['wrong-reason', 'a decline arrives as a hang-up', 'decline', ['wrong-reason', 'payload-altered']],
    ['no-busy', 'a call to somebody who is in another one is not refused', 'two-talk-a-third-calls', ['second-call-not-refused']],
    ['peer-untold', 'the caller is gone and the callee is not notified', 'caller-is-gone', ['stale-state']],
    [
      'name-in-use',
      'whoever comes back is refused: name in use',
      'caller-changes-network',
      ['log-in-refused', 'refused-by-server'],
    ],
    ['slow', 'every message takes 3 s through the server', 'accept', ['applied-late']],
    ['fragile', 'one malformed message brings the server down', 'garbage-before-log-in', ['target-gone']],
  ]),
  healthy(HUB, 'accept', 'cancel', 'caller-dies-in-the-talk', 'laptop-declines'),
  { ...healthy(HUB, 'accept'), dialect: 'hub-subscribed' },
  ...casesOf(HUB, [
    ['cancel-not-passed-on', 'the call is removed, and the callee is not sent the cancel', 'cancel', ['not-forwarded']],
    ['late-update', 'an update after the hang-up opens the call again', 'hung-up-stays-over', ['revived-call']],
    [
      'subscription-refused',
      'after the reconnect the subscription is refused: not allowed',
      'away-for-a-moment',
      ['not-forwarded', 'refused-by-server', 'log-in-refused', 'stale-registration'],
      'hub-subscribed',
    ],
    ['answered-at-ringing', 'the caller is sent an answer that nobody gave', 'accept', ['unprovoked']],
    [
      'declined-shown-as-missed',
      'the other device is sent "missed", though the call was declined',
      'laptop-declines',
      ['wrong-reason', 'payload-altered'],
    ],
    [
      'rings-for-an-old-call',
      'a device is rung for a call that is over',
      'device-started-after-the-call',
      ['revived-call', 'stale-state'],
    ],
    [
      'id-in-capitals',
      'the end carries another call id than the call has',
      'cancel accept',
      ['payload-altered', 'wrong-recipient'],
    ],
    ['peer-untold', 'the caller is gone and the callee is not notified', 'caller-dies-in-the-talk', ['stale-state']],
    ['ends-by-itself', 'the server ends a call that nobody ended', 'nobody-hangs-up nobody-hangs-up-no-look', ['unprovoked']],
  ]),
  ...MORE_CASES,
];
