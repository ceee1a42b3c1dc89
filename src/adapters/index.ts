/** The registry of adapters: how targets are spoken to that are named by a word. Any other is a file of the user's. */

/** An adapter that comes with the package. */
export interface KnownAdapter {
  readonly name: string;
  readonly doc: string;
  /** The dialect behind it, by the name of its file in `dialects/`; null for one that is code of the probe itself. */
  readonly dialect: string | null;
}

/** The bundled protocol is no foreign one: the probe's own agents speak it. */
export const CALLSYNC = 'callsync';

export const ADAPTERS: readonly KnownAdapter[] = [
  { name: CALLSYNC, doc: 'callsync.v1, the protocol of the bundled server and of "call-probe serve".', dialect: null },
  { name: 'peerjs', doc: 'The PeerJS server (npm peer), media calls.', dialect: 'peerjs' },
  {
    name: 'tutorial-socketio',
    doc: 'A Socket.IO server of the tutorial kind (call-user, answer-call, end-call).',
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
