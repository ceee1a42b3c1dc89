/** The registry of the included adapters. Any other adapter is a file of the user's. */

/** An included adapter. */
export interface KnownAdapter {
  readonly name: string;
  readonly doc: string;
  /** The name of its dialect file in `dialects/`; null for one that is code. */
  readonly dialect: string | null;
}

/** The bundled protocol, which the probe's own agents use. */
export const CALLSYNC = 'callsync';

export const ADAPTERS: readonly KnownAdapter[] = [
  { name: CALLSYNC, doc: 'callsync.v1, the protocol of the bundled server and of "call-probe serve".', dialect: null },
  { name: 'peerjs', doc: 'The PeerJS server (npm peer), media calls.', dialect: 'peerjs' },
  {
    name: 'tutorial-socketio',
    doc: 'A typical Socket.IO tutorial server (call-user, answer-call, end-call).',
    dialect: 'tutorial-socketio',
  },
  { name: 'easyrtc', doc: 'The EasyRTC server (npm open-easyrtc) over Socket.IO.', dialect: 'easyrtc' },
  { name: 'janus', doc: 'Janus with its videocall plugin.', dialect: 'janus' },
  {
    name: 'sip',
    doc: 'SIP over WebSocket (RFC 7118) through a registrar and proxy such as Kamailio.',
    dialect: null,
  },
];
