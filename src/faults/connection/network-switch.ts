/** The device changes its network: it reconnects from another port while the server still holds the old socket. */
import { numberOf } from '../fault.js';
import type { ConnectionFault } from './connection-fault.js';

export const networkSwitch: ConnectionFault = {
  name: 'network-switch',
  doc: 'From Wi-Fi to mobile: the device sees its network go and reconnects from another port. The old socket stays open and silent at the server.',
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
