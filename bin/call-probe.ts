#!/usr/bin/env node
/** The command `call-probe`. */
import { main } from '../src/cli/main.js';

process.exitCode = await main(process.argv);
