/** How the process ends: quietly when nobody reads on, and with one line when something went wrong. */
import { debugLines, errorJson, errorLine, UsageError } from './errors.js';
import type { Terminal } from './terminal.js';

/** A reader of our output that goes away (`| head`) is not an error, nor is one of our messages. */
export function endQuietlyWithPipes(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

export interface ReportOptions {
  readonly args: readonly string[];
  /** Whether the standard output owes a document. */
  readonly json: boolean;
  readonly exitCode: number;
  /** What says how to call the command. */
  readonly help: string;
}

/** One line to the standard error; with --debug or INNERMAP_DEBUG all that is known. */
export function reportError(terminal: Terminal, error: unknown, { args, json, exitCode, help }: ReportOptions): void {
  terminal.endDrawing();
  if (json) terminal.json(errorJson(error, exitCode));
  // Of a file that is wrong, help has nothing to say.
  const isCall = error instanceof UsageError && error.cause === undefined;
  terminal.complain(errorLine(error) + (isCall ? ` (${help} says more)` : ''));
  if (args.includes('--debug') || process.env['INNERMAP_DEBUG']) terminal.warn(...debugLines(error));
}
