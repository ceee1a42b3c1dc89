/** Ends the process at once, with all output written, and without Node's own shutdown. */

/**
 * Ends the process with this code as soon as standard output and error are written. Open handles do not matter any more, and a
 * process that runs out of work by itself can hang in Node's own shutdown, where a compiler thread and the main thread wait for
 * each other (nodejs/node#54918).
 */
export async function leave(code: number): Promise<never> {
  await Promise.all([process.stdout, process.stderr].map(written));
  process.exit(code);
}

/** Resolves when a stream is flushed, or cannot be flushed because its reader has gone. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || !stream.writable) return resolve();
    stream.once('close', resolve);
    stream.write('', () => resolve());
  });
}
