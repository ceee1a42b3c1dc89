/** The answer is receive-only, whatever was offered. */
import type { ClientDefect } from './defect.js';

export const answersRecvonly: ClientDefect = {
  side: 'client',
  name: 'answers-recvonly',
  doc: 'The client of the callee answers every offer with recvonly and sends no audio: it hears the caller, and the caller hears nothing.',
  seenIn: 'microsoft/MixedReality-WebRTC #776',
  decide: (decisions) => ({
    ...decisions,
    // Its transceiver is not the one of the offer: it answers as if the offerer did not want to receive (RFC 3264 section 6.1).
    takes: (description) => {
      const taken = decisions.takes(description);
      return taken.type === 'offer' ? { ...taken, sdp: taken.sdp.replace(/^a=sendrecv(?=\r?$)/gm, 'a=sendonly') } : taken;
    },
  }),
};
