/** The version of this package, read from its own package.json. */
import { createRequire } from 'node:module';

export const VERSION: string = (createRequire(import.meta.url)('call-probe/package.json') as { version: string }).version;
