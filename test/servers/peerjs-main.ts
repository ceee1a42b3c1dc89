/** The PeerJS server as a program: takes a free port and tells its parent which, or prints the URL when it has none. */
import type { AddressInfo } from 'node:net';
import { PeerServer } from 'peer';

PeerServer({ port: Number(process.argv[2] ?? 0), host: '127.0.0.1', path: '/' }, (server) => {
  const { port } = server.address() as AddressInfo;
  if (process.send === undefined) process.stdout.write(`ws://127.0.0.1:${port}/peerjs\n`);
  else process.send(port);
});
