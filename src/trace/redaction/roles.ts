/** Names that say what somebody does in a call and not who it is: they stay in reports, everybody else becomes `user-1`. */

/**
 * The people of textbooks, the roles of calls and of the trades that calls are built for. A number may follow, with or
 * without a dash (`agent2`, `user-17`); so does a single letter, alone or with a number (`a`, `b1`).
 */
export const ROLE_NAMES: readonly string[] = (
  'alice bob carol carlos charlie dan dave erin eve faythe frank grace heidi ivan judy mallory michael niaj olivia oscar ' +
  'peggy rupert sybil trent trudy victor walter wendy ' +
  'caller callee called calling sender receiver source sink initiator responder offerer answerer inviter invitee ' +
  'user peer client agent device phone laptop tablet desktop browser host guest visitor member admin moderator operator ' +
  'customer support helpdesk seller buyer doctor nurse patient driver rider courier teacher student tutor tenant janitor ' +
  'probe server tester test bot monitor attacker stranger stray intruder left right first second third'
).split(' ');

/** Words of stand-ins and of frames, which a name of the same spelling could not be distinguished from. */
const WORDS = new Set(
  (
    'host ufrag pwd fingerprint token session foundation ssrc msid cname credential key call redacted signaling media name ip4 ip6 mdns ' +
    'type id op kind cause version phase reason state mid event schema protocol dir from to by code error message data frame seq ack ' +
    'offer answer candidate description hello welcome command result signal receipt ping pong invite ring accept reject cancel hangup ' +
    'inviting ringing connected ended idle connecting flowing stalled failed true false null'
  ).split(' '),
);
const ROLES: ReadonlySet<string> = new Set(ROLE_NAMES);

/** Whether a name may be published as it is. */
export function isRole(name: string): boolean {
  const word = /^([a-z]+?)-?\d{0,5}$/.exec(name.toLowerCase())?.[1];
  return word !== undefined && (word.length === 1 || ROLES.has(word) || WORDS.has(word));
}
