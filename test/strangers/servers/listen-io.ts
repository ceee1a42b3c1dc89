/** A Socket.IO server on a free port of loopback, in the process of the test. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import type { Stranger, Timers } from './listen.js';

export async function listenIo(timers: Timers, connected: (io: Server, socket: Socket) => void): Promise<Stranger> {
  const http = createServer();
  const io = new Server(http, { transports: ['websocket'], serveClient: false, pingInterval: 2_000, pingTimeout: 4_000 });
  io.on('connection', (socket) => connected(io, socket));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    timers.clear();
    await io.close();
  };
  return { url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}`, close };
}
