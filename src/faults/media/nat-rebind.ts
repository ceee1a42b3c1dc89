/** A NAT forgets a device and gives it another port. */
import { createTally, type MediaFault, type PacketFlow } from './media-fault.js';

export const natRebind: MediaFault = {
  name: 'nat-rebind',
  doc: 'The NAT before the device gives its media another port in mid-call, until the time is over: its packets come from there, and the port that the other side knows is silent. ICE has to follow.',
  layer: 'media',
  needs: null,
  absence: null,
  parameters: [
    { name: 'nat-rebind', doc: 'what is new about the source', type: { type: 'word', words: ['port'] }, default: 'port' },
  ],
  example: 'fault: { link: alice.media, nat-rebind: port, for: 8s }',
  // The NAT stands before the device: what comes to it only notices that the old port is gone.
  directions: ['upstream'],
  holds: false,
  bites: ['rebound'],
  stage(_values, { since }) {
    const tally = createTally();
    const rebound = new WeakSet<PacketFlow>();
    return {
      pass(packet) {
        tally.passed += 1;
        if (packet.flow.since >= since) return [packet];
        if (!rebound.has(packet.flow)) tally.rebound += 1;
        rebound.add(packet.flow);
        return [{ ...packet, rebinds: true }];
      },
      counters: () => ({ ...tally }),
    };
  },
};
