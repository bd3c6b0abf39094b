/** The command was called in a wrong way: the message is for the user, and no stack trace is. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'ERR_INNERMAP_USAGE';
}

/** An error in one or more lines, without a stack trace: its message, what it has as `log`, and its causes. */
export function errorLines(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)];
  const { code, log, cause } = error as Error & { code?: string; log?: string };
  const lines = [code && !error.message.includes(code) ? `${error.message} (${code})` : error.message];
  if (typeof log === 'string' && log !== '') lines.push(...log.trimEnd().split('\n').slice(-12));
  if (cause instanceof Error && !error.message.includes(cause.message)) {
    lines.push(...errorLines(cause).map((line) => `  caused by: ${line}`));
  }
  return lines;
}
