/** The command line: names, flags and help. Everything heavy is loaded by the command that needs it. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { foreignOptions } from './foreign-options.js';
import { webSocketUrl } from './target-url.js';
import { VERSION } from './version.js';
import { waitFlags } from './wait-flags.js';

/** Gathers the values of a flag that can be repeated. */
export const collect = (value: string, all: readonly string[] | undefined): string[] => [...(all ?? []), value];

/** A whole number from `min` to `max`, or commander's error with both named. */
export function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`It has to be a whole number from ${min} to ${max}.`);
    return value;
  };
}

/** Builds the program; `done` takes the exit code of the command that ran. */
export function createProgram(done: (code: number) => void): Command {
  const program = new Command('call-probe')
    .description('Finds out why caller and callee do not see the same call.')
    .version(VERSION, '-V, --version')
    .showHelpAfterError('(call-probe --help lists the commands)')
    .exitOverride()
    .enablePositionalOptions();
  const env = (flags: string, name: string, description: string): Option =>
    new Option(flags, description).env(`CALL_PROBE_${name}`);
  const targetOption = (): Option =>
    env('--target <url>', 'TARGET', '"bundled", or the URL of a server: ws, wss, http or https')
      .argParser(webSocketUrl)
      .default('bundled');
  const defectOption = (): Option =>
    new Option('--defect <name>', 'bring back a known bug (repeatable; see "list defects")').argParser(collect);
  const seedOption = (): Option =>
    env('--seed <seed>', 'SEED', 'what everything random follows from; abc:3 is the third repetition');
  const mediaAddressOption = (): Option =>
    env('--media-address <ip>', 'MEDIA_ADDRESS', 'IPv4 address of this machine that media is bound to; 127.0.0.1 when left out');
  const mediaOption = (): Option =>
    new Option('--media <kind>', 'what flows once they are connected').choices(['audio', 'none']).default('audio');
  const outOption = (): Option => env('--out <dir>', 'OUT', 'folder for traces').default('call-probe-out');

  const run = program
    .command('run')
    .description('run scenario files or folders; the built-in suite when none is named')
    .argument('[paths...]', 'scenario files or folders')
    .addOption(targetOption())
    .addOption(defectOption())
    .addOption(seedOption())
    .addOption(
      new Option('--reporter <name[=file]>', 'console, junit=report.xml, markdown=report.md, ... (repeatable)').argParser(
        collect,
      ),
    )
    .addOption(outOption())
    .addOption(env('--workers <n>', 'WORKERS', 'scenarios at the same time, each with its own server').argParser(whole(1, 16)))
    .addOption(env('--repeat <n>', 'REPEAT', 'repetitions of every scenario').argParser(whole(1, 100_000)))
    .addOption(env('--retries <n>', 'RETRIES', 'further attempts for what did not pass').argParser(whole(0, 10)).default(0))
    .option('--bail', 'stop after the first failure')
    .addOption(new Option('--tag <tag>', 'only scenarios with this tag (repeatable: any of them)').argParser(collect))
    .option('--grep <text>', 'only scenarios whose name or file contains this')
    .addOption(
      env('--timeout <duration>', 'TIMEOUT', "longest time of one repetition, such as 60s; takes the place of the file's"),
    )
    .addOption(
      env(
        '--target-wait <duration>',
        'TARGET_WAIT',
        'how long to wait for a target that goes away in the middle; 0 stops at once',
      ).default('30s'),
    )
    .addOption(env('--restart-command <command>', 'RESTART_COMMAND', 'restarts the target, for faults that do (run by sh)'))
    .addOption(env('--pause-command <command>', 'PAUSE_COMMAND', 'stops the target, such as "kill -STOP 4711"'))
    .addOption(env('--resume-command <command>', 'RESUME_COMMAND', 'lets it go on, such as "kill -CONT 4711"'))
    .addOption(mediaAddressOption())
    .option('--include-sensitive', 'keep secrets, addresses and names in traces and reports, which are then for your eyes only')
    .option('--list', 'print which scenarios would run, and run nothing')
    .action(async (paths: string[], _flags: unknown, command: Command) => {
      const { runCommand } = await import('./run.js');
      done(await runCommand(paths, command));
    });

  const call = program
    .command('call')
    .description('one call, drawn live as a ladder')
    .argument('<from>', 'who calls')
    .argument('<to>', 'who is called')
    .addOption(targetOption())
    .addOption(defectOption())
    .addOption(seedOption())
    .addOption(outOption())
    .addOption(mediaAddressOption())
    .option('--answer-after <duration>', 'how long it rings', '1s')
    .option('--talk <duration>', 'how long they talk', '2s')
    .option('--decline', 'the callee declines')
    .option('--cancel', 'the caller gives up while it rings')
    .addOption(mediaOption())
    .action(async (from: string, to: string, options: Record<string, unknown>) => {
      const { callCommand } = await import('./call.js');
      done(await callCommand(from, to, options as never));
    });

  const dialect = program.command('dialect').description('mappings for targets that speak a protocol of their own');
  const check = dialect
    .command('check')
    .description('reads a dialect and says what it means; with --target tries it, message by message')
    .argument('<file>', 'a dialect, or the name of one that comes with the package')
    .addOption(env('--target <url>', 'TARGET', 'the URL of a server to try it with').argParser(webSocketUrl))
    .addOption(new Option('--users <a,b>', 'who calls whom').default(undefined, 'those of the roles, or alice,bob'))
    .addOption(mediaOption())
    .addOption(mediaAddressOption())
    .action(async (file: string, options: Record<string, unknown>) => {
      const { dialectCheckCommand } = await import('./dialect-check.js');
      done(await dialectCheckCommand(file, options as never));
    });
  for (const option of foreignOptions(env)) {
    run.addOption(option);
    call.addOption(option);
    if (option.attributeName() !== 'adapter') check.addOption(option);
  }

  program
    .command('init')
    .description("write a first scenario and, for a target of one's own, a first dialect")
    .argument('[folder]', 'where they go', '.')
    .addOption(new Option('--target <url>', 'the target, such as ws://127.0.0.1:3000').argParser(webSocketUrl))
    .addOption(new Option('--transport <kind>', 'what it speaks').choices(['callsync', 'websocket', 'socket.io']))
    .addOption(new Option('--name <name>', 'name of the dialect'))
    .addOption(new Option('--type-field <field>', 'the field of a message that holds its name (WebSocket)'))
    .addOption(
      new Option('--event <what=name>', 'what a message is called, such as call=call-user (repeatable)').argParser(collect),
    )
    .addOption(new Option('--yes', 'take the standard answers and ask nothing'))
    .addOption(new Option('--force', 'write over files that are there'))
    .action(async (folder: string, options: Record<string, unknown>) => {
      const { initCommand } = await import('./init.js');
      done(await initCommand(folder, options as never));
    });

  program
    .command('report')
    .description('the HTML or Markdown report from saved traces, folders of them, or one JSON report')
    .argument('<traces...>', 'traces (*.trace.jsonl), folders, or a report of --reporter json=FILE')
    .option('--html <file>', 'where the HTML goes (report.html when no other is asked for)')
    .option('--markdown <file>', 'where Markdown goes')
    .option('--include-sensitive', 'keep secrets, addresses and names as the traces have them')
    .action(async (paths: string[], options: { html?: string; markdown?: string; includeSensitive?: boolean }) => {
      const { reportCommand } = await import('./report.js');
      done(await reportCommand(paths, options));
    });

  const serve = program
    .command('serve')
    .description('the bundled signaling server')
    .addOption(env('--host <address>', 'HOST', 'address to listen on').default('127.0.0.1'))
    .addOption(env('--port <n>', 'PORT', 'port to listen on; 0 takes a free one').argParser(whole(0, 65_535)).default(8787))
    .addOption(defectOption())
    .addOption(
      env(
        '--store <folder>',
        'STORE',
        'where calls are kept so that they survive the server; "memory" keeps them nowhere',
      ).default('memory'),
    )
    .addOption(
      env('--log-level <level>', 'LOG_LEVEL', 'how much is logged').choices(['debug', 'info', 'warn', 'error']).default('info'),
    )
    .addOption(env('--log-format <format>', 'LOG_FORMAT', 'pretty for people, json for machines').choices(['pretty', 'json']))
    .addOption(
      new Option(
        '--allow-origin <origin>',
        'pages of this origin may connect (repeatable, * for all; none when left out)',
      ).argParser(collect),
    )
    .addOption(env('--tls-cert <file>', 'TLS_CERT', 'certificate (PEM): speak wss and https'))
    .addOption(env('--tls-key <file>', 'TLS_KEY', 'private key of the certificate (PEM)'))
    .addOption(env('--drain-timeout <duration>', 'DRAIN_TIMEOUT', 'longest time for clients to leave at the end').default('10s'))
    .action(async (options: Record<string, unknown>) => {
      const { serveCommand } = await import('./serve.js');
      done(await serveCommand(options as never));
    });
  for (const { flag, env: name, standard, help } of waitFlags())
    serve.addOption(env(`${flag} <duration>`, name, help).default(standard));

  program
    .command('proxy')
    .description('a TCP proxy with toxics: puts a phone, a browser or any client behind a bad link')
    .addOption(
      env('--listen <host:port>', 'LISTEN', 'where it listens; without a host on loopback, port 0 takes a free one').default(
        '127.0.0.1:9000',
      ),
    )
    .addOption(env('--upstream <place>', 'UPSTREAM', 'where connections go: host:port, or a WebSocket URL'))
    .addOption(
      new Option(
        '--toxic <name=value,...>',
        'such as latency=100ms,jitter=20ms,stream=downstream,toxicity=50% (repeatable, in this order)',
      ).argParser(collect),
    )
    .addOption(env('--seed <seed>', 'SEED', 'what jitter, loss, cuts and toxicity are drawn from'))
    .addOption(env('--api <host:port>', 'API', "serve toxiproxy's HTTP API, such as 127.0.0.1:8474"))
    .action(async (options: Record<string, unknown>) => {
      const { proxyCommand } = await import('./proxy.js');
      done(await proxyCommand(options as never, VERSION));
    });

  program
    .command('sim')
    .description('the bundled protocol under seeded faults, in virtual time')
    .addOption(env('--seeds <n>', 'SEEDS', 'how many runs (1000)').argParser(whole(1, 1_000_000_000)))
    .addOption(env('--seed <seed>', 'SEED', 'one run; with --seeds or --minutes the base of a series'))
    .addOption(env('--minutes <n>', 'MINUTES', 'as many runs as fit into this time').argParser(whole(1, 100_000)))
    .addOption(new Option('--without <name>', 'take a hardening away (repeatable)').argParser(collect))
    .addOption(new Option('--keep <steps>', 'only these steps of the schedule, as a failure prints them'))
    .addOption(env('--workers <n>', 'WORKERS', 'processes (as many as cores)').argParser(whole(1, 64)))
    .option('--no-shrink', 'do not look for a shorter schedule that fails')
    .option('--table', 'how many seeds each switch takes to be found, as Markdown')
    .action(async (options: Record<string, unknown>) => {
      const { simCommand } = await import('./sim.js');
      done(await simCommand(options as never));
    });

  program
    .command('compare')
    .description('the same scenarios before and after a change: verdicts, causes, the first difference, timings')
    .argument('<before>', 'a trace, a JSON report, or a folder of traces')
    .argument('<after>', 'the same of the other system')
    .option('--html <file>', 'also as one HTML page')
    .option('--markdown <file>', 'also as Markdown')
    .addOption(env('--threshold <percent>', 'THRESHOLD', 'by how much a median may grow').argParser(whole(0, 1_000)).default(20))
    .option('--include-sensitive', 'keep secrets, addresses and names as the traces have them')
    .action(async (before: string, after: string, options: Record<string, unknown>) => {
      const { compareCommand } = await import('./compare.js');
      done(await compareCommand(before, after, options as never));
    });

  program
    .command('diagnose')
    .description('what went wrong in saved traces, where, and what proves it')
    .argument('<traces...>', 'files *.trace.jsonl, or folders of them')
    .addOption(
      env('--server-log <file>', 'SERVER_LOG', "the server's JSON log, where the traces are of a server that runs elsewhere"),
    )
    .option('--json', 'as JSON')
    .action(async (traces: string[], options: Record<string, unknown>) => {
      const { diagnoseCommand } = await import('./diagnose.js');
      done(await diagnoseCommand(traces, options as never));
    });

  program
    .command('token')
    .description('print a token for a user of "serve", signed with CALL_PROBE_SECRET')
    .argument('<user>', 'whose token')
    .option('--ttl <duration>', 'how long it is valid', '1h')
    .action(async (user: string, options: { ttl: string }) => {
      const { tokenCommand } = await import('./token.js');
      done(await tokenCommand(user, options.ttl));
    });

  program
    .command('list')
    .description('what there is: scenarios, checkers, reporters, defects, adapters, networks, faults or causes')
    .argument('[kind]', 'one of them; all when left out')
    .option('--json', 'as JSON')
    .action(async (kind: string | undefined, options: { json?: boolean }) => {
      const { listCommand } = await import('./list.js');
      done(await listCommand(kind, options.json === true));
    });

  program
    .command('schema')
    .description('the JSON Schema of scenario files, for editors and CI, or of the JSON report')
    .argument('[of]', 'scenario or report', 'scenario')
    .action(async (of: string) => {
      const { schemaCommand } = await import('./schema.js');
      done(schemaCommand(of));
    });

  return program;
}
