/** How a wait for a grace period ends when the caller gives it up. The wait's subject is unchanged in both cases. */

/** The caller's `AbortSignal` fired; `cause` is its reason. */
export class AbortError extends Error {
  override readonly name = 'AbortError';
  readonly code = 'ABORT_ERR';
}

/** The caller's `timeout` ran out, or its signal was an `AbortSignal.timeout()`. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
  readonly code = 'ETIMEDOUT';
}

/** The error for a signal that has fired. */
export function abortErrorOf(signal: AbortSignal, what: string): AbortError | TimeoutError {
  const reason: unknown = signal.reason;
  const options = { cause: reason };
  if (reason instanceof Error && reason.name === 'TimeoutError') {
    return new TimeoutError(`${what}: the signal's timeout ran out`, options);
  }
  return new AbortError(`${what}: aborted by the signal`, options);
}
