/**
 * The log of PROG_LOAD, by the kernel's rules (since 6.4): the buffer holds the last part of a log that is too
 * long (the first part with BPF_LOG_FIXED), always NUL-terminated, and the load fails with ENOSPC then.
 */

import { BpfError } from '../errors.js';
import type { ProgramLoadAttributes } from './attributes.js';

const LOG_LEVEL_MASK = 1 | 2 | 4 | 8;
const LOG_FIXED = 8;
const MAX_LOG_SIZE = 0xffff_ffff >>> 2;

export interface LogAttributes {
  log_level?: number;
  log_size?: number;
  log_buf?: Uint8Array | null;
}

/** Which log attribute is wrong, in words, or null. All of these are EINVAL. */
export function checkLogAttributes(attributes: LogAttributes): string | null {
  const level = attributes.log_level ?? 0;
  const buffer = attributes.log_buf ?? null;
  const size = logSize(attributes);
  if (level & ~LOG_LEVEL_MASK) return `log_level: unknown bits in ${level}, expected a combination of 1, 2, 4, 8`;
  if (buffer === null && size !== 0) return `log_buf: null with log_size ${size}, expected a buffer or log_size 0`;
  if (buffer !== null && size === 0) return 'log_size: 0 with a log_buf, expected its size';
  if (buffer !== null && level === 0) return 'log_level: 0 with a log_buf, expected at least 1';
  if (size > MAX_LOG_SIZE) return `log_size: ${size}, expected at most ${MAX_LOG_SIZE}`;
  if (buffer !== null && buffer.length < size) {
    return `log_size: ${size}, but log_buf has only ${buffer.length} bytes`;
  }
  return null;
}

export class LoadLog {
  readonly #level: number;
  readonly #buffer: Uint8Array | null;
  readonly #size: number;
  #text = '';

  constructor(attributes: LogAttributes) {
    this.#level = attributes.log_level ?? 0;
    this.#buffer = attributes.log_buf ?? null;
    this.#size = logSize(attributes);
  }

  get text(): string {
    return this.#text;
  }

  line(text: string): void {
    this.append(`${text}\n`);
  }

  /** Text that ends with a newline. */
  append(text: string): void {
    this.#text += text;
  }

  /** Write the log out. Returns the size that would have held all of it, NUL included, and whether it was cut. */
  finish(): { trueSize: number; truncated: boolean } {
    if (this.#level === 0) return { trueSize: 0, truncated: false };
    const bytes = new TextEncoder().encode(this.#text);
    const trueSize = bytes.length + 1;
    if (this.#buffer === null) return { trueSize, truncated: false };
    const room = this.#size - 1;
    const truncated = bytes.length > room;
    const cut = this.#level & LOG_FIXED ? bytes.subarray(0, room) : bytes.subarray(Math.max(0, bytes.length - room));
    this.#buffer.set(cut);
    this.#buffer[cut.length] = 0;
    return { trueSize, truncated };
  }
}

function logSize(attributes: LogAttributes): number {
  return attributes.log_size ?? attributes.log_buf?.length ?? 0;
}

/** ENOSPC, for success and failure alike, when the log buffer could not hold the log. */
export function finishLog(log: LoadLog, attributes: ProgramLoadAttributes, cause?: unknown): void {
  const { trueSize, truncated } = log.finish();
  attributes.log_true_size = trueSize;
  if (!truncated) return;
  const message = `log_buf: ${attributes.log_size ?? attributes.log_buf?.length} bytes, the log needs ${trueSize}`;
  throw new BpfError('ENOSPC', 'PROG_LOAD', message, { cause });
}
