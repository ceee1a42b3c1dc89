/** The doorbell server as a process of its own, which may die: port and bugs are its arguments, and it tells its port. */
import { type DoorbellBug, startDoorbell } from './doorbell/server.js';

const [port = '0', ...bugs] = process.argv.slice(2);
const { url } = await startDoorbell(Number(port), bugs as DoorbellBug[]);
process.send?.(Number(new URL(url).port));
