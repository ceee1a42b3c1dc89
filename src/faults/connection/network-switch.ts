/** The device changes its network: it comes back from another port while the server still holds the old socket. */
import { numberOf } from '../fault.js';
import type { ConnectionFault } from './connection-fault.js';

export const networkSwitch: ConnectionFault = {
  name: 'network-switch',
  doc: 'From Wi-Fi to mobile: the device is told that its network is gone and connects anew from another port, while the old socket stays open at the server and silent.',
  layer: 'connection',
  needs: null,
  absence: 'until-registered',
  parameters: [
    { name: 'network-switch', doc: 'how long the device is without a network', type: { type: 'duration' }, default: null },
  ],
  example: 'fault: { link: alice.signaling, network-switch: 300ms, on: alice receives connected }',
  script: (values) => ({
    acts: [{ do: 'refuse' }, { do: 'abandon' }, { do: 'wait', ms: numberOf(values, 'network-switch') }],
    undo: [{ do: 'allow' }],
  }),
};
