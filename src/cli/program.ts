/** The command line: names, flags and help. Everything heavy is loaded by the command that needs it. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { foreignOptions } from './foreign-options.js';
import { webSocketUrl } from './target-url.js';
import { VERSION } from './version.js';
import { waitFlags } from './wait-flags.js';

/** Collects the values of a repeatable flag. */
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
  const seedOption = (): Option => env('--seed <seed>', 'SEED', 'seed of all random draws; abc:3 is the third repetition');
  const mediaAddressOption = (): Option =>
    env('--media-address <ip>', 'MEDIA_ADDRESS', 'IPv4 address of this machine for media; default 127.0.0.1');
  const mediaOption = (): Option =>
    new Option('--media <kind>', 'media of the calls').choices(['audio', 'none']).default('audio');
  const outOption = (): Option => env('--out <dir>', 'OUT', 'folder for traces').default('call-probe-out');

  const run = program
    .command('run')
    .description('run scenario files or folders; by default the built-in suite')
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
    .addOption(
      env('--retries <n>', 'RETRIES', 'further attempts for scenarios that did not pass').argParser(whole(0, 10)).default(0),
    )
    .option('--bail', 'stop after the first failure')
    .addOption(new Option('--tag <tag>', 'only scenarios with this tag (repeatable: any of them)').argParser(collect))
    .option('--grep <text>', 'only scenarios whose name or file contains this')
    .addOption(env('--timeout <duration>', 'TIMEOUT', "maximum time of one repetition, such as 60s; overrides the file's"))
    .addOption(
      env(
        '--target-wait <duration>',
        'TARGET_WAIT',
        'how long to wait for a target that goes away during the run; 0 stops at once',
      ).default('30s'),
    )
    .addOption(env('--restart-command <command>', 'RESTART_COMMAND', 'restarts the target, for faults that need it (run by sh)'))
    .addOption(env('--pause-command <command>', 'PAUSE_COMMAND', 'pauses the target, such as "kill -STOP 4711"'))
    .addOption(env('--resume-command <command>', 'RESUME_COMMAND', 'resumes the target, such as "kill -CONT 4711"'))
    .addOption(env('--media <kind>', 'MEDIA', 'audio: as in the scenarios; none leaves out steps, faults and limits of media'))
    .addOption(mediaAddressOption())
    .option('--ignore-limits', 'assert everything, whatever the adapter declares as limits of the target')
    .option('--include-sensitive', 'keep secrets, addresses and names in traces and reports; do not share these')
    .option('--list', 'list the scenarios without running them')
    .action(async (paths: string[], _flags: unknown, command: Command) => {
      const { runCommand } = await import('./run.js');
      done(await runCommand(paths, command));
    });

  const call = program
    .command('call')
    .description('make one call and draw it live as a ladder')
    .argument('<from>', 'who calls')
    .argument('<to>', 'who is called')
    .addOption(targetOption())
    .addOption(defectOption())
    .addOption(seedOption())
    .addOption(outOption())
    .addOption(mediaAddressOption())
    .option('--answer-after <duration>', 'how long it rings', '1s')
    .option('--talk <duration>', 'how long they stay connected', '2s')
    .option('--decline', 'the callee declines')
    .option('--cancel', 'the caller gives up while it rings')
    .addOption(mediaOption())
    .action(async (from: string, to: string, options: Record<string, unknown>) => {
      const { callCommand } = await import('./call.js');
      done(await callCommand(from, to, options as never));
    });

  const dialect = program.command('dialect').description('dialects for targets with another protocol');
  const check = dialect
    .command('check')
    .description('explain a dialect; with --target try it, message by message')
    .argument('<file>', 'a dialect file, or the name of an included dialect')
    .addOption(env('--target <url>', 'TARGET', 'the URL of a server to try it with').argParser(webSocketUrl))
    .addOption(new Option('--users <a,b>', 'caller and callee').default(undefined, 'those of the roles, or alice,bob'))
    .addOption(mediaOption())
    .addOption(mediaAddressOption())
    .option('--include-sensitive', 'print payloads with secrets, addresses and names as they are')
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
    .description('write a first scenario and, for your own target, a first dialect')
    .argument('[folder]', 'target folder', '.')
    .addOption(new Option('--target <url>', 'the target, such as ws://127.0.0.1:3000'))
    .addOption(new Option('--transport <kind>', 'protocol of the target').choices(['callsync', 'websocket', 'socket.io']))
    .addOption(new Option('--name <name>', 'name of the dialect'))
    .addOption(new Option('--type-field <field>', 'the field of a message with its name (WebSocket)'))
    .addOption(new Option('--event <what=name>', 'name of a message, such as call=call-user (repeatable)').argParser(collect))
    .addOption(new Option('--yes', 'use the default answers and ask nothing'))
    .addOption(new Option('--force', 'overwrite existing files'))
    .action(async (folder: string, options: Record<string, unknown>) => {
      const { initCommand } = await import('./init.js');
      done(await initCommand(folder, options as never));
    });

  program
    .command('report')
    .description('make the HTML or Markdown report from saved traces, folders of them, or one JSON report')
    .argument('<traces...>', 'traces (*.trace.jsonl), folders, or a report of --reporter json=FILE')
    .option('--html <file>', 'HTML file (default report.html, unless --markdown is given)')
    .option('--markdown <file>', 'Markdown file')
    .option('--include-sensitive', 'keep secrets, addresses and names as they are in the traces')
    .action(async (paths: string[], options: { html?: string; markdown?: string; includeSensitive?: boolean }) => {
      const { reportCommand } = await import('./report.js');
      done(await reportCommand(paths, options));
    });

  const serve = program
    .command('serve')
    .description('run the bundled signaling server')
    .addOption(env('--host <address>', 'HOST', 'address to listen on').default('127.0.0.1'))
    .addOption(env('--port <n>', 'PORT', 'port to listen on; 0 takes a free port').argParser(whole(0, 65_535)).default(8787))
    .addOption(defectOption())
    .addOption(
      env('--store <folder>', 'STORE', 'folder in which calls survive the server; "memory" stores nothing').default('memory'),
    )
    .addOption(env('--log-level <level>', 'LOG_LEVEL', 'log level').choices(['debug', 'info', 'warn', 'error']).default('info'))
    .addOption(env('--log-format <format>', 'LOG_FORMAT', 'log format').choices(['pretty', 'json']))
    .addOption(
      new Option('--allow-origin <origin>', 'pages of this origin may connect (repeatable, * for all; default none)').argParser(
        collect,
      ),
    )
    .addOption(env('--tls-cert <file>', 'TLS_CERT', 'certificate (PEM): serve wss and https'))
    .addOption(env('--tls-key <file>', 'TLS_KEY', 'private key of the certificate (PEM)'))
    .addOption(
      env('--drain-timeout <duration>', 'DRAIN_TIMEOUT', 'maximum time for clients to disconnect at shutdown').default('10s'),
    )
    .action(async (options: Record<string, unknown>) => {
      const { serveCommand } = await import('./serve.js');
      done(await serveCommand(options as never));
    });
  for (const { flag, env: name, standard, help } of waitFlags())
    serve.addOption(env(`${flag} <duration>`, name, help).default(standard));

  program
    .command('proxy')
    .description('run a TCP proxy with toxics, for a phone, a browser or any client')
    .addOption(
      env('--listen <host:port>', 'LISTEN', 'listening address; without a host loopback, port 0 takes a free port').default(
        '127.0.0.1:9000',
      ),
    )
    .addOption(env('--upstream <place>', 'UPSTREAM', 'target of the connections: host:port, or a WebSocket URL'))
    .addOption(
      new Option(
        '--toxic <name=value,...>',
        'such as latency=100ms,jitter=20ms,stream=downstream,toxicity=50% (repeatable, in this order)',
      ).argParser(collect),
    )
    .addOption(env('--seed <seed>', 'SEED', 'seed of jitter, loss, cuts and toxicity'))
    .addOption(env('--api <host:port>', 'API', "serve toxiproxy's HTTP API, such as 127.0.0.1:8474"))
    .action(async (options: Record<string, unknown>) => {
      const { proxyCommand } = await import('./proxy.js');
      done(await proxyCommand(options as never, VERSION));
    });

  program
    .command('sim')
    .description('run the bundled protocol under seeded faults in virtual time')
    .addOption(env('--seeds <n>', 'SEEDS', 'number of runs (default 1000)').argParser(whole(1, 1_000_000_000)))
    .addOption(env('--seed <seed>', 'SEED', 'seed of one run; with --seeds or --minutes the base of a series'))
    .addOption(env('--minutes <n>', 'MINUTES', 'run for this time').argParser(whole(1, 100_000)))
    .addOption(new Option('--without <name>', 'remove a safeguard (repeatable)').argParser(collect))
    .addOption(new Option('--keep <steps>', 'only these steps of the schedule, as printed by a failure'))
    .addOption(env('--workers <n>', 'WORKERS', 'number of processes (default: number of cores)').argParser(whole(1, 64)))
    .option('--no-shrink', 'do not search for a shorter failing schedule')
    .option('--table', 'print the first seed that detects each switch, as Markdown')
    .action(async (options: Record<string, unknown>) => {
      const { simCommand } = await import('./sim.js');
      done(await simCommand(options as never));
    });

  program
    .command('compare')
    .description('compare the same scenarios before and after a change: verdicts, causes, the first difference, timings')
    .argument('<before>', 'a trace, a JSON report, or a folder of traces')
    .argument('<after>', 'the same for the other system')
    .option('--html <file>', 'also write one HTML page')
    .option('--markdown <file>', 'also write Markdown')
    .addOption(env('--threshold <percent>', 'THRESHOLD', 'how much a median may grow').argParser(whole(0, 1_000)).default(20))
    .option('--include-sensitive', 'keep secrets, addresses and names as they are in the traces')
    .action(async (before: string, after: string, options: Record<string, unknown>) => {
      const { compareCommand } = await import('./compare.js');
      done(await compareCommand(before, after, options as never));
    });

  program
    .command('diagnose')
    .description('name what went wrong in saved traces, at which hop, with proof')
    .argument('<traces...>', 'files *.trace.jsonl, or folders of them')
    .addOption(env('--server-log <file>', 'SERVER_LOG', "the server's JSON log, if the server runs elsewhere"))
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
    .description('list scenarios, checkers, reporters, defects, adapters, networks, faults or causes')
    .argument('[kind]', 'one of them; default all')
    .option('--json', 'as JSON')
    .action(async (kind: string | undefined, options: { json?: boolean }) => {
      const { listCommand } = await import('./list.js');
      done(await listCommand(kind, options.json === true));
    });

  program
    .command('schema')
    .description('print the JSON Schema of scenario files, for editors and CI, or of the JSON report')
    .argument('[of]', 'scenario or report', 'scenario')
    .action(async (of: string) => {
      const { schemaCommand } = await import('./schema.js');
      done(schemaCommand(of));
    });

  return program;
}
