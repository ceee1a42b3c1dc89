/** A NAT loses the mapping of a device and assigns another port. */
import { createTally, type MediaFault, type PacketFlow } from './media-fault.js';

export const natRebind: MediaFault = {
  name: 'nat-rebind',
  doc: 'The NAT in front of the device assigns another port to its media during the call, until the time is over. Packets come from the new port, and the old one is silent. ICE has to follow.',
  layer: 'media',
  needs: null,
  absence: null,
  parameters: [{ name: 'nat-rebind', doc: 'what changes', type: { type: 'word', words: ['port'] }, default: 'port' }],
  example: 'fault: { link: alice.media, nat-rebind: port, for: 8s }',
  // The NAT is in front of the device: the other direction only loses the old port.
  directions: ['upstream'],
  holds: false,
  effects: ['rebound'],
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
