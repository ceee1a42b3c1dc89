/** From argv to an exit code: no exception escapes, and users see no stack trace. */
import { type Command, CommanderError } from 'commander';
import { EXIT, explain } from './exit.js';
import { createProgram } from './program.js';

/** A closed pipe, as with `| head`, does not end a run: its reports may go to files. */
function outlive(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

/** Runs a command line, by default that of `call-probe`, and resolves to its exit code. */
export async function main(
  argv: readonly string[],
  create: (done: (code: number) => void) => Command = createProgram,
): Promise<number> {
  let code: number = EXIT.held;
  for (const stream of [process.stdout, process.stderr]) stream.on('error', outlive);
  try {
    const program = create((result) => {
      code = result;
    });
    for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)])
      command.exitOverride();
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    // Commander has already printed its message, the help or the version.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.held : EXIT.usage;
    const { code: failure, text } = explain(error);
    process.stderr.write(`${text}\n`);
    return failure;
  }
}
