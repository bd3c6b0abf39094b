/** The verifier's log. At level 1 the lines of a path that turned out safe are dropped, as the kernel does. */
export class LogText {
  readonly level: number;
  #parts: string[] = [];
  /** Length of the instruction line that is the log's last part, 0 = the last part is none. */
  #instruction = 0;
  /** Lines of instructions as they were before a comment came to them, by their place. */
  readonly #bare = new Map<number, string>();

  constructor(level: number) {
    this.level = level;
  }

  /** Lines about each instruction are wanted. */
  get detailed(): boolean {
    return (this.level & 3) !== 0;
  }

  /** Everything is wanted, also of paths that were safe. */
  get everything(): boolean {
    return (this.level & 2) !== 0;
  }

  get enabled(): boolean {
    return this.level !== 0;
  }

  line(text: string): void {
    this.text(`${text}\n`);
  }

  /** Text whose line goes on. */
  text(text: string): void {
    if (this.level === 0) return;
    this.#bare.delete(this.#parts.length);
    this.#parts.push(text);
    this.#instruction = 0;
  }

  instruction(text: string): void {
    this.#bare.delete(this.#parts.length);
    this.#parts.push(`${text}\n`);
    this.#instruction = text.length + 1;
  }

  /** A comment behind the instruction's line, aligned; on a line of its own when another one came between. */
  annotate(slot: number, text: string): void {
    if (this.#instruction === 0) {
      this.#parts.push(`${slot}:${text}\n`);
      return;
    }
    const last = this.#parts.pop() as string;
    this.#bare.set(this.#parts.length, last);
    const length = this.#instruction;
    const width = Math.ceil(Math.max(length + 4, 40) / 8) * 8 - length - 1;
    this.#parts.push(`${last.slice(0, -1)}${' '.repeat(width)};${text}\n`);
    this.#instruction = 0;
  }

  /** A place to come back to. */
  mark(): number {
    return this.#parts.length;
  }

  /** Back to the place. A comment that came to its line since takes the line's end with it, as in the kernel. */
  reset(mark: number): void {
    if (this.everything) return;
    this.#parts.length = mark;
    const bare = this.#bare.get(mark - 1);
    if (bare !== undefined) this.#parts[mark - 1] = `${bare.slice(0, -1)} `;
    this.#instruction = 0;
  }

  toString(): string {
    return this.#parts.join('');
  }
}
