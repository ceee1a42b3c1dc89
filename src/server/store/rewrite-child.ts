/** `rewrite` in a process of its own, which a damaged file may end: told two paths, it prints what came of it as JSON. */
import { rewrite } from './rewrite.js';

const [source = '', target = ''] = process.argv.slice(2);
process.stdout.write(JSON.stringify({ problem: await rewrite(source, target, 0) }));
