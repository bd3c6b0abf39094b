import { AssemblyError } from './error.js';
import { type Token, tokensOf } from './lexer.js';

/** A register as written: `r3`, or `w3` for its low 32 bits. */
export interface RegisterName {
  readonly number: number;
  readonly narrow: boolean;
}

const REGISTER = /^([rw])(10|[0-9])$/;

/** Reads the tokens of one line. Every `take…` and `expect…` throws AssemblyError when something else is there. */
export class Cursor {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string, line: number) {
    this.#tokens = tokensOf(text, line);
  }

  get token(): Token {
    return this.peek(0);
  }

  peek(ahead: number): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)] as Token;
  }

  advance(): Token {
    const token = this.token;
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  fail(expected: string, token: Token = this.token): never {
    throw new AssemblyError(token, token.kind === 'end' ? 'end of line' : `"${token.text}"`, expected);
  }

  /** The next token is this word or mark. */
  is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind !== 'end' && token.text === text;
  }

  accept(text: string): boolean {
    const there = this.is(text);
    if (there) this.#at++;
    return there;
  }

  expect(...texts: string[]): void {
    for (const text of texts) if (!this.accept(text)) this.fail(`"${text}"`);
  }

  expectEnd(): void {
    if (this.token.kind !== 'end') this.fail('end of line');
  }

  atRegister(ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'word' && REGISTER.test(token.text);
  }

  takeRegister(expected = 'a register (r0–r10 or w0–w10)'): RegisterName {
    const match = this.token.kind === 'word' ? REGISTER.exec(this.token.text) : null;
    if (match === null) this.fail(expected);
    this.advance();
    return { number: Number(match[2]), narrow: match[1] === 'w' };
  }

  /** A register of this width. */
  takeOperand(narrow: boolean): number {
    const token = this.token;
    const register = this.takeRegister();
    if (register.narrow !== narrow)
      this.fail(`a ${narrow ? 32 : 64}-bit register (${narrow ? 'w' : 'r'}${register.number})`, token);
    return register.number;
  }

  takeWord(expected: string): Token {
    if (this.token.kind !== 'word') this.fail(expected);
    return this.advance();
  }

  atNumber(): boolean {
    return this.token.kind === 'number' || ((this.is('-') || this.is('+')) && this.peek(1).kind === 'number');
  }

  /** A number from `least` to `most`, sign included. */
  takeInteger(least: bigint, most: bigint, what = 'a number'): bigint {
    const first = this.token;
    const negative = this.is('-');
    if (negative || this.is('+')) this.advance();
    if (this.token.kind !== 'number') this.fail(what, this.token);
    const value = (negative ? -1n : 1n) * BigInt(this.advance().text);
    if (value < least || value > most) this.#outOfRange(first, value, `${what} from ${least} to ${most}`);
    return value;
  }

  /** A signed 16-bit displacement with its sign in front, as in `(r1 + 4)`; 0 if there is none. */
  takeDisplacement(): number {
    if (!this.is('+') && !this.is('-')) return 0;
    return Number(this.takeInteger(-0x8000n, 0x7fffn, 'an offset'));
  }

  #outOfRange(token: Token, value: bigint, expected: string): never {
    throw new AssemblyError(token, String(value), expected);
  }
}
