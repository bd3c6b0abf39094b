import { styleText } from 'node:util';

/** What of a stream is used here. */
export interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** Why it takes no more. */
  readonly errored?: Error | null;
  write(text: string): unknown;
}

export type Style = Parameters<typeof styleText>[0];

export interface TerminalOptions {
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const CLEAR_BELOW = '\u001b[0J';
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

/** Where a command writes: lines, tables, and in a terminal a block that is drawn again and again. */
export class Terminal {
  /** Whether a person watches: a live display makes sense. */
  readonly isLive: boolean;
  readonly columns: number;
  readonly #out: Stream;
  readonly #err: Stream;
  readonly #colors: boolean;
  readonly #errIsTerminal: boolean;
  #drawn = 0;
  #inProgress = false;

  constructor({ stdout, stderr, environment }: TerminalOptions) {
    this.#out = stdout;
    this.#err = stderr;
    this.#errIsTerminal = stderr.isTTY === true && environment['TERM'] !== 'dumb';
    this.isLive = stdout.isTTY === true && environment['TERM'] !== 'dumb';
    this.columns = stdout.columns ?? 100;
    this.#colors = this.isLive && !environment['NO_COLOR'] && environment['NODE_DISABLE_COLORS'] !== '1';
  }

  static ofProcess(): Terminal {
    return new Terminal({ stdout: process.stdout, stderr: process.stderr, environment: process.env });
  }

  print(...lines: string[]): void {
    this.#clearProgress();
    for (const line of lines) this.#out.write(`${line}\n`);
  }

  /** Whether nobody reads what is printed any more. Work that takes no turn of the event loop is not told otherwise. */
  get isCutOff(): boolean {
    return Boolean(this.#out.errored);
  }

  /** As data: one JSON document. */
  json(value: unknown): void {
    this.#clearProgress();
    this.#out.write(`${JSON.stringify(value, jsonValue, 2)}\n`);
  }

  /** To the error stream. */
  warn(...lines: string[]): void {
    this.#clearProgress();
    for (const line of lines) this.#err.write(`${line}\n`);
  }

  /** A problem, or what should be known of what is done: one line on the error stream, under the command's name. */
  complain(line: string): void {
    this.warn(`innermap: ${line}`);
  }

  /** How far the work is: one line on the error stream, in its own place, and only where a person watches. */
  progress(text: string): void {
    if (!this.#errIsTerminal) return;
    this.#err.write(`\r${CLEAR_BELOW}${cut(text, this.columns)}`);
    this.#inProgress = true;
  }

  style(style: Style, text: string): string {
    return this.#colors ? styleText(style, text) : text;
  }

  /** Draw the block where the last one stood. Lines that are too long are cut, since a wrapped one would not be counted. */
  draw(lines: readonly string[]): void {
    const up = this.#drawn > 0 ? `\u001b[${this.#drawn}A` : HIDE_CURSOR;
    const shown = lines.map((line) => cut(line, this.columns));
    this.#out.write(`${up}\r${CLEAR_BELOW}${shown.join('\n')}\n`);
    this.#drawn = shown.length;
  }

  #clearProgress(): void {
    if (this.#inProgress) this.#err.write(`\r${CLEAR_BELOW}`);
    this.#inProgress = false;
  }

  /** Leave what is drawn where it stands, and take the progress away. */
  endDrawing(): void {
    this.#clearProgress();
    if (this.#drawn > 0) this.#out.write(SHOW_CURSOR);
    this.#drawn = 0;
  }
}

/** Integers of 64 bits stay exact: as numbers while those are safe, else as text. Bytes are hexadecimal text. */
function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') {
    const safe = value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
    return safe ? Number(value) : value.toString();
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (value instanceof Map) return [...value];
  return value;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins what is to be left out
const ESCAPES = /\u001b\[[0-9;?]*[A-Za-z]/g;

/** Characters that a text takes on the screen. */
export function visibleLength(text: string): number {
  return text.replaceAll(ESCAPES, '').length;
}

function cut(line: string, columns: number): string {
  return visibleLength(line) <= columns ? line : line.replaceAll(ESCAPES, '').slice(0, columns);
}
