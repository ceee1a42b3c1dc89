/** From argv to an exit code: nothing escapes as an exception, nothing of a stack trace is shown to users. */
import { CommanderError } from 'commander';
import { EXIT, explain } from './exit.js';
import { createProgram } from './program.js';

/** Runs the command line and resolves to its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  let code: number = EXIT.held;
  try {
    const program = createProgram((result) => {
      code = result;
    });
    for (const command of [program, ...program.commands]) command.exitOverride();
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    // Commander has printed its message, or the help and the version, already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.held : EXIT.usage;
    const { code: failure, text } = explain(error);
    process.stderr.write(`${text}\n`);
    return failure;
  }
}
