#!/usr/bin/env node
/** The command `call-probe`. */
import { leave } from '../src/cli/leave.js';
import { main } from '../src/cli/main.js';

await leave(await main(process.argv));
