/** The committed objects, and their specs. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ObjectSpec, readObject } from '#dist/shared/object/index.js';

const folder = fileURLToPath(new URL('../../../test/fixtures/object/built/', import.meta.url));

export interface Fixture {
  /** As `globals.clang19.v3.o`. */
  readonly file: string;
  /** As `globals`. */
  readonly source: string;
  readonly bytes: Uint8Array;
}

/** Objects that libbpf refuses to open, too. */
const REFUSED: ReadonlySet<string> = new Set(['forward']);

/** All objects that can be opened, or those of one source. */
export function fixtures(source?: string): Fixture[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.o'))
    .map((file) => ({ file, source: file.split('.')[0]! }))
    .filter((fixture) => (source === undefined ? !REFUSED.has(fixture.source) : fixture.source === source))
    .map((fixture) => ({ ...fixture, bytes: new Uint8Array(readFileSync(folder + fixture.file)) }));
}

/** One object, by its file without `.o`. */
export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(`${folder}${name}.o`));
}

export function specOf(name: string): ObjectSpec {
  return readObject(fixture(name), { name: name.split('.')[0]! });
}
