/** `rewrite` in a separate process, which a damaged file may end. It takes two paths and prints the result as JSON. */
import { rewrite } from './rewrite.js';

const [source = '', target = ''] = process.argv.slice(2);
process.stdout.write(JSON.stringify({ problem: await rewrite(source, target, 0) }));
