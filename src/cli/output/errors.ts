/** Errors as a person gets to see them (one line), as a program does (JSON), and as a developer does (--debug). */

/** The command was called in a wrong way, or with a file that is missing or not of its kind. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'ERR_INNERMAP_USAGE';
}

/** What an error may carry beside its message. */
interface Details {
  readonly code?: unknown;
  readonly errno?: unknown;
  readonly program?: unknown;
  readonly log?: unknown;
  readonly cause?: unknown;
}

/** An error in one line: what was given, what was expected, what to do. */
export function errorLine(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(String(error));
  const { cause, log } = error as Details;
  const more = !(error instanceof UsageError) && (cause instanceof Error || (typeof log === 'string' && log !== ''));
  return oneLine(error.message || error.name) + (more ? ' (--debug says more)' : '');
}

/** An error as `--json` prints it: never more than plain data. */
export function errorJson(error: unknown, exitCode: number): object {
  const details: Details = error instanceof Error ? (error as Details) : {};
  const message = error instanceof Error ? error.message : String(error);
  const { code, errno, program, log } = details;
  return {
    error: {
      message,
      ...(typeof code === 'string' ? { code } : {}),
      ...(typeof errno === 'number' ? { errno } : {}),
      ...(typeof program === 'string' ? { program } : {}),
      ...(typeof log === 'string' ? { log } : {}),
    },
    exitCode,
  };
}

/** For `--debug`: stack, log, and those of the causes. */
export function debugLines(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const { log, cause } = error as Details;
  const lines = (error.stack ?? error.message).split('\n');
  if (typeof log === 'string' && log !== '') lines.push(...log.trimEnd().split('\n'));
  if (cause instanceof Error) lines.push('caused by:', ...debugLines(cause));
  return lines;
}

/** What reads a file's contents; what it throws becomes a UsageError that names the file. */
export function ofFile<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw inFile(file, error);
  }
}

/** The same error as a UsageError that names the file it is about. */
export function inFile(file: string, error: unknown): UsageError {
  if (error instanceof UsageError && error.message.startsWith(file)) return error;
  return new UsageError(`${file}: ${oneLine((error as Error).message)}`, { cause: error });
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ');
}
