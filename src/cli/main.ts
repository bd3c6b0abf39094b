#!/usr/bin/env node
/** The `innermap` command: finds the subcommand, loads it, and turns what it throws into a line and an exit code. */
import { createRequire } from 'node:module';
import { type Command, EXIT, EXIT_CODES, type ExitCode, meant } from './command.js';
import { UsageError } from './output/errors.js';
import { Interruption, OutputEnded } from './output/interruption.js';
import { endQuietlyWithPipes, reportError } from './output/process.js';
import { Terminal } from './output/terminal.js';

interface Entry {
  readonly summary: string;
  load(): Promise<{ readonly command: Command }>;
}

const COMMANDS = {
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
} as const satisfies Record<string, Entry>;

type CommandName = keyof typeof COMMANDS;
const NAMES = Object.keys(COMMANDS) as CommandName[];

function usage(): string[] {
  const width = Math.max(...NAMES.map((name) => name.length));
  return [
    'usage: innermap COMMAND [arguments]',
    '',
    ...NAMES.map((name) => `  ${name.padEnd(width)}  ${COMMANDS[name].summary}`),
    '',
    'innermap COMMAND --help says more; innermap --version prints the version.',
    EXIT_CODES.slice(EXIT_CODES.indexOf('Exit codes')),
  ];
}

function version(): string {
  const read = createRequire(import.meta.url);
  return (read('innermap/package.json') as { version: string }).version;
}

const interrupt = new AbortController();
const asksForHelp = (arg: string | undefined) => arg === '--help' || arg === '-h';

async function main(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name = '', ...rest] = args;
  if (name === '--version') {
    terminal.print(version());
    return EXIT.ok;
  }
  if (asksForHelp(name) || (name === 'help' && rest.length === 0)) {
    terminal.print(...usage());
    return EXIT.ok;
  }
  const { command } = await COMMANDS[commandNamed(name === 'help' ? rest[0] : name)].load();
  if (name === 'help' || rest.some(asksForHelp)) {
    terminal.print(command.usage, '', EXIT_CODES);
    return EXIT.ok;
  }
  const ending = command.main(rest, terminal, interrupt.signal);
  return command.endsOnInterrupt ? ending : Promise.race([ending, interruption()]);
}

function commandNamed(name = ''): CommandName {
  const found = NAMES.find((each) => each === name);
  if (found !== undefined) return found;
  if (name === '') throw new UsageError(`no command was given: expected one of ${NAMES.join(', ')}`);
  const isOption = name.startsWith('-');
  const known = isOption ? ['--help', '--version'] : NAMES;
  throw new UsageError(`unknown ${isOption ? 'option' : 'command'} ${name}: ${meant(name, known)}`);
}

/** Rejects when the process is interrupted. */
function interruption(): Promise<never> {
  const { signal } = interrupt;
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Interruption())));
}

/** With --json there is a document whatever happens; `bench` writes its own into a file. */
function wantsJson(): boolean {
  return args[0] !== 'bench' && args.includes('--json');
}

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof Interruption) return EXIT.interrupted;
  return error instanceof UsageError ? EXIT.usage : EXIT.failure;
}

const args = process.argv.slice(2);
const terminal = Terminal.ofProcess();
endQuietlyWithPipes();
process.on('SIGINT', () => {
  // Who interrupts a second time does not want to wait.
  if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
  interrupt.abort();
});
try {
  const code = await main(args, terminal);
  process.exitCode = interrupt.signal.aborted ? EXIT.interrupted : code;
} catch (error) {
  if (error instanceof OutputEnded) process.exit();
  const exitCode = exitCodeOf(error);
  process.exitCode = exitCode;
  const help = `innermap ${NAMES.find((name) => name === args[0]) ?? ''} --help`.replace('  ', ' ');
  reportError(terminal, error, { args, json: wantsJson(), exitCode, help });
  // Work that is under way is not waited for.
  if (exitCode === EXIT.interrupted) process.exit();
}
