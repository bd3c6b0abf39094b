import { Bytes } from './bytes.js';
import { Type } from './op.js';

/** A function type: parameter types and result types. */
export interface FunctionType {
  readonly parameters: readonly number[];
  readonly results: readonly number[];
}

const Section = { CUSTOM: 0, TYPE: 1, IMPORT: 2, FUNCTION: 3, EXPORT: 7, CODE: 10 } as const;
const Kind = { FUNCTION: 0, TABLE: 1, MEMORY: 2, GLOBAL: 3 } as const;
/** Limits of an imported memory: shared, with a maximum. */
const SHARED = 3;
const MAX_PAGES = 65536;

export interface ModuleFunction {
  readonly type: number;
  readonly name: string;
  /** Names under which it is exported. */
  readonly exports: readonly string[];
}

/**
 * The parts of a module around its code. Order of use: types and imports while the code is written (their
 * indices do not move), then `assemble` once.
 */
export class ModuleBuilder {
  readonly #types: FunctionType[] = [];
  readonly #typeIndex = new Map<string, number>();
  readonly #imports: { module: string; name: string; type: number }[] = [];
  readonly #importIndex = new Map<string, number>();

  readonly #globals: string[] = [];

  type(parameters: readonly number[], results: readonly number[]): number {
    const key = `${parameters.join()}>${results.join()}`;
    let index = this.#typeIndex.get(key);
    if (index === undefined) {
      index = this.#types.push({ parameters, results }) - 1;
      this.#typeIndex.set(key, index);
    }
    return index;
  }

  /** Index of an imported function. All imports must be known before the first own function is called. */
  importFunction(module: string, name: string, type: number): number {
    const key = `${module}.${name}`;
    let index = this.#importIndex.get(key);
    if (index === undefined) {
      index = this.#imports.push({ module, name, type }) - 1;
      this.#importIndex.set(key, index);
    }
    return index;
  }

  /** Index of an import that is already there. */
  importIndex(module: string, name: string): number {
    const index = this.#importIndex.get(`${module}.${name}`);
    if (index === undefined) throw new Error(`broken invariant: import ${module}.${name} was not collected`);
    return index;
  }

  /** Index of an immutable i32 of `env`, imported when it is first asked for. */
  globalIndex(name: string): number {
    const known = this.#globals.indexOf(name);
    return known === -1 ? this.#globals.push(name) - 1 : known;
  }

  get importCount(): number {
    return this.#imports.length;
  }

  /**
   * The whole module. `code` holds the functions' bodies, each with its size in front. Returns the bytes and the
   * offset at which `code` begins in them.
   */
  assemble(
    moduleName: string,
    functions: readonly ModuleFunction[],
    code: Uint8Array,
  ): { wasm: Uint8Array<ArrayBuffer>; codeStart: number } {
    const out = new Bytes(code.length + 1024);
    out.append(Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    section(out, Section.TYPE, (body) => this.#writeTypes(body));
    section(out, Section.IMPORT, (body) => this.#writeImports(body));
    section(out, Section.FUNCTION, (body) => {
      body.u32(functions.length);
      for (const { type } of functions) body.u32(type);
    });
    section(out, Section.EXPORT, (body) => this.#writeExports(body, functions));
    const count = new Bytes(8);
    count.u32(functions.length);
    out.u8(Section.CODE);
    out.u32(count.length + code.length);
    out.append(count.view());
    const codeStart = out.length;
    out.append(code);
    section(out, Section.CUSTOM, (body) => this.#writeNames(body, moduleName, functions));
    return { wasm: out.data.slice(0, out.length), codeStart };
  }

  #writeTypes(body: Bytes): void {
    body.u32(this.#types.length);
    for (const { parameters, results } of this.#types) {
      body.u8(Type.FUNCTION);
      body.u32(parameters.length);
      for (const type of parameters) body.u8(type);
      body.u32(results.length);
      for (const type of results) body.u8(type);
    }
  }

  /** Each kind has an index space of its own. */
  #writeImports(body: Bytes): void {
    body.u32(3 + this.#globals.length + this.#imports.length);
    importHead(body, 'env', 'memory', Kind.MEMORY);
    body.u8(SHARED);
    body.u32(1);
    body.u32(MAX_PAGES);
    for (const table of ['table', 'programs']) {
      importHead(body, 'env', table, Kind.TABLE);
      body.u8(Type.FUNCREF);
      body.u8x2(0, 0);
    }
    for (const name of this.#globals) {
      importHead(body, 'env', name, Kind.GLOBAL);
      body.u8x2(Type.I32, 0);
    }
    for (const { module, name, type } of this.#imports) {
      importHead(body, module, name, Kind.FUNCTION);
      body.u32(type);
    }
  }

  #writeExports(body: Bytes, functions: readonly ModuleFunction[]): void {
    const names = functions.flatMap((each, index) => each.exports.map((name) => ({ name, index })));
    body.u32(names.length);
    for (const { name, index } of names) {
      body.name(name);
      body.u8(Kind.FUNCTION);
      body.u32(this.#imports.length + index);
    }
  }

  #writeNames(body: Bytes, moduleName: string, functions: readonly ModuleFunction[]): void {
    body.name('name');
    section(body, 0, (inner) => inner.name(moduleName));
    section(body, 1, (inner) => {
      inner.u32(functions.length);
      functions.forEach(({ name }, index) => {
        inner.u32(this.#imports.length + index);
        inner.name(name);
      });
    });
  }
}

/** Index of the table `env.programs`. */
export const PROGRAMS_TABLE = 1;

function section(out: Bytes, id: number, write: (body: Bytes) => void): void {
  const body = new Bytes(256);
  write(body);
  out.u8(id);
  out.u32(body.length);
  out.append(body.view());
}

function importHead(body: Bytes, module: string, name: string, kind: number): void {
  body.name(module);
  body.name(name);
  body.u8(kind);
}
