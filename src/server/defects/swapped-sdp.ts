/** The relay returns the caller's own description. */
import type { ServerDefect } from './defect.js';

export const swappedSdp: ServerDefect = {
  side: 'server',
  name: 'swapped-sdp',
  doc: 'The server sends the caller its own offer instead of the answer: the call is connected and media never flows.',
  seenIn: 'RestComm/media-core #67',
  wrap: (policy) => {
    const offers = new Map<string, string>();
    return {
      ...policy,
      outgoing: (to, payload) =>
        policy.outgoing(to, payload).map((sent) => {
          if (sent.type !== 'signal' || !('sdp' in sent.data)) return sent;
          const { call, data } = sent;
          if (data.type === 'offer') offers.set(call, data.sdp);
          return { ...sent, data: { ...data, sdp: offers.get(call) ?? data.sdp } };
        }),
    };
  },
};
