/** The end of the process: at once, with everything that was said, and without what Node itself may wait for. */

/**
 * Ends the process with this code as soon as standard output and error are written. Whatever is still open then is nobody's
 * any more; and a process that runs out of work by itself can wait for ever in Node's own shutdown, where a compiler thread
 * and the main thread wait for each other (nodejs/node#54918).
 */
export async function leave(code: number): Promise<never> {
  await Promise.all([process.stdout, process.stderr].map(written));
  process.exit(code);
}

/** Resolves when a stream has handed on what it holds, or can't any more: its reader may have left. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || !stream.writable) return resolve();
    stream.once('close', resolve);
    stream.write('', () => resolve());
  });
}
