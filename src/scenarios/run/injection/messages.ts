/** Applies faults of single messages: adds a rule to the transport of every affected device. */
import { MESSAGE_FAULTS } from '../../../faults/message/index.js';
import type { Message } from '../../../faults/message/message-fault.js';
import { matches } from '../../../faults/trigger.js';
import { addressOf } from '../../../protocol/address.js';
import { digest } from '../../../protocol/rng.js';
import type { MessageMatch } from '../../language/plan.js';
import { type FaultContext, type Injector, once } from './injector.js';

export const injectMessage: Injector = (context, { fault, when, report, rng }) => {
  const [part] = fault.parts;
  const kind = MESSAGE_FAULTS.find(({ name }) => name === part?.name);
  const { target } = fault;
  if (kind === undefined || part === undefined || target.on !== 'messages') throw new Error('not a fault of messages');
  const { match } = target;
  let seen = 0;
  let struck = 0;
  const ruleFor = (node: string) => ({
    judge: (message: Message, n: number | null) => {
      if (!isMeant(context, match, node, message)) return null;
      seen += 1;
      if (seen < when.nth || (when.times !== null && struck >= when.times)) return null;
      if (when.probability !== null && rng.next() >= when.probability) return null;
      const { verdict, summary: words } = kind.strike(message, part.values, rng);
      if (verdict.do === 'pass') return null;
      struck += 1;
      const { dir, call, text } = message;
      report.hit(`${node}: ${words}`, {
        node,
        target: n,
        struck: { dropped: verdict.do === 'drop', dir, kind: message.kind, call, bytes: text.length, digest: digest(text) },
      });
      return verdict;
    },
  });
  const { user, device } = match.trigger;
  const taken = context
    .devices()
    .filter(({ address }) => address.user === user && (device === null || address.device === device))
    .map((one) => one.intercept(ruleFor(addressOf(one.address))));
  return {
    isBounded: false,
    heal: once(() => {
      for (const take of taken) take();
      report.over('messages pass unchanged');
    }),
  };
};

function isMeant(context: FaultContext, { trigger, from, call }: MessageMatch, node: string, message: Message): boolean {
  if (!matches(trigger, { node, dir: message.dir, kind: message.kind, name: message.name, reason: message.reason })) return false;
  if (from !== null) {
    const wanted = from.device === null ? `${from.user}/` : `${from.user}/${from.device}`;
    if (message.from === null || !(from.device === null ? message.from.startsWith(wanted) : message.from === wanted))
      return false;
  }
  return call === null || (message.call !== null && context.ordinalOf(message.call) === call);
}
