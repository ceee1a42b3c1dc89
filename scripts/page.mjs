/** Bundles the page of the HTML report, script and style, into the compiled reporter's folder. */
import { build } from 'esbuild';

const FOLDER = 'src/reporters/html/page';

/** Writes page.js and page.css; rejects, with esbuild's own message on standard error, when they can't be made. */
export async function bundlePage(outdir = 'dist/src/reporters/html') {
  await build({
    entryPoints: [
      { in: `${FOLDER}/main.ts`, out: 'page' },
      { in: `${FOLDER}/page.css`, out: 'page' },
    ],
    outdir,
    bundle: true,
    minify: true,
    charset: 'ascii',
    format: 'iife',
    platform: 'browser',
    target: ['chrome111', 'firefox115', 'safari16.4'],
    legalComments: 'none',
    tsconfig: 'tsconfig.page.json',
    logLevel: 'warning',
  });
}
