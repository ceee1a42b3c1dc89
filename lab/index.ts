/** The project's own test lab, a command line for contributors: how well call-probe finds the bugs that the project knows. */
import { Command, Option } from 'commander';
import { leave } from '../src/cli/leave.js';
import { main } from '../src/cli/main.js';
import { collect, whole } from '../src/cli/program.js';
import type { ConfusionFlags } from './confusion-command.js';
import type { MatrixFlags } from './matrix-command.js';
import type { StrangersFlags } from './strangers-command.js';

function createLab(done: (code: number) => void): Command {
  const lab = new Command('npm run lab --').description('Tests call-probe with known bugs. Build first: npm run build.');
  const defectOption = (): Option =>
    new Option('--defect <name>', 'only this bug (repeatable; see "call-probe list defects")').argParser(collect);
  const seedOption = (): Option => new Option('--seed <seed>', 'what everything random follows from');
  const workersOption = (): Option =>
    new Option('--workers <n>', 'bugs at the same time, each with its own server').argParser(whole(1, 16));

  lab
    .command('matrix')
    .description('which scenarios notice which known bug')
    .argument('[paths...]', 'scenario files or folders; the built-in suite when none is named')
    .addOption(defectOption())
    .addOption(seedOption())
    .addOption(workersOption())
    .addOption(new Option('--tag <tag>', 'only scenarios with this tag (repeatable: any of them)').argParser(collect))
    .option('--markdown', 'as a table for documents')
    .option(
      '--showing',
      'with every bug the scenario that shows it and two that most bugs do not affect, beside those with a --tag',
    )
    .option('--check <file>', 'fail when this document says something else about what was run')
    .action(async (paths: readonly string[], flags: MatrixFlags) => {
      const { matrixCommand } = await import('./matrix-command.js');
      done(await matrixCommand(paths, flags));
    });

  lab
    .command('confusion')
    .description('whether the diagnosis names every known bug, on every network')
    .addOption(defectOption())
    .addOption(new Option('--network <name>', 'only this network (repeatable; "none" for no impairment)').argParser(collect))
    .addOption(seedOption())
    .addOption(new Option('--seeds <n>', 'runs of every bug on every network').argParser(whole(1, 100)).default(5))
    .addOption(workersOption())
    .addOption(new Option('--min <percent>', 'fail when cause and hop are right less often').argParser(whole(0, 100)).default(95))
    .option('--out <dir>', 'keep the traces, and confusion.json with the outcome of each run')
    .option('--markdown', 'as tables for documents')
    .action(async (flags: ConfusionFlags) => {
      const { confusionCommand } = await import('./confusion-command.js');
      done(await confusionCommand(flags));
    });

  lab
    .command('strangers')
    .description('whether the bugs of servers that speak in their own ways are found, with the right first cause')
    .argument('[names...]', 'only these servers or cases, such as relay or relay/no-cancel')
    .addOption(
      new Option('--repeat <n>', 'runs of every scenario; the first cause has to be the same each time')
        .argParser(whole(1, 100))
        .default(1),
    )
    .addOption(new Option('--workers <n>', 'runs at the same time').argParser(whole(1, 32)).default(16))
    .option('--out <dir>', 'keep the traces')
    .action(async (names: readonly string[], flags: StrangersFlags) => {
      const { strangersCommand } = await import('./strangers-command.js');
      done(await strangersCommand(names, flags));
    });

  lab
    .command('samples')
    .description('makes reports/ again, and the part of the README that shows it')
    .action(async () => {
      const { samplesCommand } = await import('./samples.js');
      done(await samplesCommand());
    });

  return lab;
}

await leave(await main(process.argv, createLab));
