/**
 * WebAssembly's types for declarations that are published: where the global types are there (the DOM's, a web
 * worker's) they are those, elsewhere plain objects. Node's own type package has none.
 */
type WasmType<Name extends string> = typeof globalThis extends { WebAssembly: Record<Name, { prototype: infer T }> }
  ? T
  : object;

export type WasmModule = WasmType<'Module'>;
export type WasmMemory = WasmType<'Memory'>;
export type WasmTable = WasmType<'Table'>;
