import { BtfError } from '../errors.js';

/** Names by offset. Each is made once; what they take together is bounded by what the table holds. */
export class NameTable {
  readonly #strings: Uint8Array;
  readonly #names = new Map<number, string>([[0, '']]);
  #budget: number;

  constructor(strings: Uint8Array) {
    this.#strings = strings;
    // Names may share their ends, so that a small table could stand for very much text.
    this.#budget = 65_536 + 8 * strings.length;
  }

  /** A name that is empty only when it is absent (offset 0). `at`: byte of the reference, for the message. */
  name(offset: number, at: number): string {
    const name = this.anyName(offset, at);
    if (name === '' && offset !== 0)
      throw new BtfError('EINVAL', `an empty name at ${offset} of the strings`, { offset: at });
    return name;
  }

  anyName(offset: number, at: number): string {
    const known = this.#names.get(offset);
    if (known !== undefined) return known;
    if (offset >= this.#strings.length) {
      throw new BtfError('EINVAL', `a name at ${offset} of ${this.#strings.length} bytes of strings`, { offset: at });
    }
    const name = this.#decode(offset, at);
    this.#names.set(offset, name);
    return name;
  }

  #decode(offset: number, at: number): string {
    const end = this.#strings.indexOf(0, offset);
    this.#budget -= end - offset;
    if (this.#budget < 0)
      throw new BtfError('E2BIG', 'names that overlap to far more text than the table holds', { offset: at });
    let text = '';
    for (let index = offset; index < end; index++) text += String.fromCharCode(this.#strings[index]!);
    return text;
  }
}

/** A letter (of Latin-1), `_` or `.`, then also digits; at most 511 characters. */
export function isIdentifier(name: string): boolean {
  return (
    name.length < MAX_NAME && /^[A-Za-z_.\xc0-\xd6\xd8-\xf6\xf8-\xff][\w.\xc0-\xd6\xd8-\xf6\xf8-\xff]*$/.test(name)
  );
}

/** Names of sections: characters that print (of Latin-1). */
export function isSectionName(name: string): boolean {
  return name.length < MAX_NAME && /^[\x20-\x7e\xa0-\xff]+$/.test(name);
}

const MAX_NAME = 512;
