/** The answer says that this side only listens, whatever was offered. */
import type { ClientDefect } from './defect.js';

export const answersRecvonly: ClientDefect = {
  side: 'client',
  name: 'answers-recvonly',
  doc: 'The client of the callee answers every offer with recvonly and sends no sound: it hears the caller, who does not hear it.',
  seenIn: 'microsoft/MixedReality-WebRTC #776',
  decide: (decisions) => ({
    ...decisions,
    // Its transceiver is not the one that the offer is about: it answers as if nobody wanted to hear it (RFC 3264 section 6.1).
    takes: (description) => {
      const taken = decisions.takes(description);
      return taken.type === 'offer' ? { ...taken, sdp: taken.sdp.replace(/^a=sendrecv(?=\r?$)/gm, 'a=sendonly') } : taken;
    },
  }),
};
