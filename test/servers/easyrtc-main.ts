/** The EasyRTC server as a program: takes a free port, or the one that is given, and tells its parent which. */
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';

/** What is used of the two packages, which bring no types. */
interface EasyRtc {
  setOption(name: string, value: unknown): boolean;
  listen(app: unknown, io: Server, options: null, ready: (error: unknown) => void): void;
}

const require = createRequire(import.meta.url);
const easyrtc = require('open-easyrtc') as EasyRtc;
const express = require('express') as () => (...args: unknown[]) => void;

const app = express();
const http = createServer(app);
easyrtc.setOption('logLevel', 'none');
easyrtc.listen(app, new Server(http), null, (error) => {
  if (error !== null && error !== undefined) throw error;
  http.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
    const { port } = http.address() as AddressInfo;
    if (process.send === undefined) process.stdout.write(`http://127.0.0.1:${port}\n`);
    else process.send(port);
  });
});
