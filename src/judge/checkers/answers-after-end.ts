/** At a black box: the server passed on an answer to a call that it had ended before. */
import { isEndingAction } from '../../protocol/actions.js';
import { type CallHistory, calleeDevices, type History } from '../history/history.js';
import { labelOf } from '../history/wording.js';
import { type Finding, findingOf } from './checker.js';

/**
 * The caller ended the call, the server had sent that on before the callee answered (a fault delayed it at the callee), and the caller
 * read the answer all the same. Where the two only cross on the wire, nothing is proven.
 */
export function answersAfterEnd(history: History, call: CallHistory): Finding[] {
  const { caller } = call;
  if (history.serverVisible || caller === null) return [];
  const own = (one: { readonly call: string | null }): boolean => one.call === call.call;
  const end = history.actions.find(
    (one) => own(one) && one.node === caller && isEndingAction(one.action) && one.refused === undefined,
  );
  if (end === undefined) return [];
  return calleeDevices(history, call).flatMap((device): Finding[] => {
    const sentOn = history.hits.find(
      ({ n, node, struck }) =>
        n > end.n && node === device && struck?.dir === 'in' && struck.kind === 'event.ended' && own(struck),
    );
    const isAnswer = ({ node, dir, kind }: { node: string; dir: string; kind: string }): boolean =>
      node === device && dir === 'out' && kind === 'command.accept';
    const answer = history.wires.find((wire) => sentOn !== undefined && wire.n > sentOn.n && own(wire) && isAnswer(wire));
    const read = history.wires.find(
      (wire) =>
        answer !== undefined &&
        wire.n > answer.n &&
        own(wire) &&
        wire.node === caller &&
        wire.dir === 'in' &&
        wire.kind === 'event.connected',
    );
    if (sentOn === undefined || answer === undefined || read === undefined) return [];
    const message = `the server passed the answer of ${labelOf(history, device)} on to ${labelOf(history, caller)}, although it had passed on before that the call ${call.call} was over`;
    return [findingOf(message, [end.n, sentOn.n, answer.n, read.n])];
  });
}
