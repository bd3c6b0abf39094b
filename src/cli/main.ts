#!/usr/bin/env node
/** The `innermap` command: finds the subcommand, loads it, and turns what it throws into lines and an exit code. */
import { createRequire } from 'node:module';
import { type Command, EXIT, type ExitCode } from './command.js';
import { errorLines, UsageError } from './output/errors.js';
import { Terminal } from './output/terminal.js';

interface Entry {
  readonly summary: string;
  load(): Promise<{ readonly command: Command }>;
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  run: { summary: 'run a program of an object or of assembly text', load: () => import('./commands/run.js') },
  verify: { summary: 'say for each program of an object whether it loads', load: () => import('./commands/verify.js') },
  dump: { summary: 'disassembly, WebAssembly text, or control-flow graph', load: () => import('./commands/dump.js') },
  types: {
    summary: "TypeScript declarations of an object's maps and variables",
    load: () => import('./commands/types.js'),
  },
  map: {
    summary: 'create, update, look up and dump maps of a saved runtime',
    load: () => import('./commands/map.js'),
  },
  replay: { summary: 'replay scenarios recorded from a kernel', load: () => import('./commands/replay.js') },
  bench: { summary: 'the benchmarks', load: () => import('./commands/bench.js') },
  demo: {
    summary: 'a load balancer on real packets, its tables swapped all the time',
    load: () => import('./commands/demo.js'),
  },
};

function usage(): string[] {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  return [
    'usage: innermap COMMAND [arguments]',
    '',
    ...Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'innermap COMMAND --help says more. Exit codes: 0 = well, 1 = what was looked at failed, 2 = could not be done.',
  ];
}

function version(): string {
  const read = createRequire(import.meta.url);
  return (read('innermap/package.json') as { version: string }).version;
}

async function main(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === '--version') {
    terminal.print(version());
    return EXIT.ok;
  }
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    terminal.print(...usage());
    return name === undefined ? EXIT.error : EXIT.ok;
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!entry) throw new UsageError(`unknown command ${name}: expected one of ${Object.keys(COMMANDS).join(', ')}`);
  const { command } = await entry.load();
  if (rest.includes('--help') || rest.includes('-h')) {
    terminal.print(command.usage);
    return EXIT.ok;
  }
  try {
    return await command.main(rest, terminal);
  } catch (error) {
    if (error instanceof UsageError) terminal.warn(command.usage.split('\n')[0] ?? '');
    throw error;
  }
}

const terminal = Terminal.ofProcess();
// A reader of our output that goes away (`| head`) is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.error),
);
try {
  process.exitCode = await main(process.argv.slice(2), terminal);
} catch (error) {
  terminal.endDrawing();
  for (const line of errorLines(error)) terminal.warn(terminal.style('red', `innermap: ${line}`));
  process.exitCode = EXIT.error;
}
