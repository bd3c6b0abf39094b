/** TypeScript declarations of what an object has, for `runtime.loadObject<Types>()`. */
import { MapType, mapTypeName } from '../uapi.js';
import { type Btf, sizeOf } from './btf/index.js';
import type { ObjectMapSpec, ObjectSpec } from './spec.js';
import { propertyName, TypeWriter } from './type-writer.js';

/** How the map objects of a type are typed: what they are, and what they are made of. */
interface MapKind {
  readonly name: string;
  readonly parameters: readonly ('key' | 'value' | 'record' | 'inner')[];
}

const kind = (name: string, ...parameters: MapKind['parameters']): MapKind => ({ name, parameters });

/** Maps of other types hold no elements here, and have no objects. */
const KINDS: ReadonlyMap<number, MapKind> = new Map([
  [MapType.HASH, kind('HashMap', 'key', 'value')],
  [MapType.ARRAY, kind('ArrayMap', 'value')],
  [MapType.PROG_ARRAY, kind('ProgramArray')],
  [MapType.PERF_EVENT_ARRAY, kind('PerfEventArray', 'record')],
  [MapType.PERCPU_HASH, kind('PerCpuHashMap', 'key', 'value')],
  [MapType.PERCPU_ARRAY, kind('PerCpuArrayMap', 'value')],
  [MapType.LRU_HASH, kind('LruHashMap', 'key', 'value')],
  [MapType.LRU_PERCPU_HASH, kind('PerCpuHashMap', 'key', 'value')],
  [MapType.LPM_TRIE, kind('LpmTrieMap', 'key', 'value')],
  [MapType.ARRAY_OF_MAPS, kind('OuterMap', 'key', 'inner')],
  [MapType.HASH_OF_MAPS, kind('OuterMap', 'key', 'inner')],
  [MapType.QUEUE, kind('QueueMap', 'value')],
  [MapType.STACK, kind('QueueMap', 'value')],
  [MapType.RINGBUF, kind('RingBuffer', 'record')],
  [MapType.BLOOM_FILTER, kind('BloomFilter', 'value')],
  [MapType.USER_RINGBUF, kind('UserRingBuffer', 'record')],
] as const);

/** Where the printed module imports from, in quotes. */
const PACKAGE = "'innermap'";
/** Characters of a line. */
const WIDTH = 100;
const OWN = ['Maps', 'Programs', 'Variables', 'ProgramName', 'Types'];
const IMPORTED = [...new Set([...KINDS.values()].map(({ name }) => name)), 'BpfMap', 'ObjectVariable', 'Program'];

/**
 * The text of a module: an interface for each struct, and `Types` for `runtime.loadObject<Types>(bytes)`, which
 * has `maps`, `programs` and `variables` by name.
 */
export function typesOf(spec: ObjectSpec): string {
  const writer = new ModuleWriter(spec.btf);
  const maps = Object.values(spec.maps).flatMap((map) => writer.map(map));
  const variables = Object.entries(spec.variables).map(([key, { type, size, constant }]) => {
    const shown = `${writer.name('ObjectVariable')}<${writer.sized(type, size, `Uint8Array /* ${size} bytes */`)}>`;
    return `  ${propertyName(key)}: ${constant ? `Readonly<${shown}>` : shown};`;
  });
  const programs = Object.values(spec.programs).map(
    ({ name, autoload }) => `  ${propertyName(name)}${autoload ? '' : '?'}: ${writer.name('Program')};`,
  );
  return [
    ...writer.head(),
    block('Maps', maps),
    block('Programs', programs),
    'export type ProgramName = keyof Programs;\n',
    block('Variables', variables),
    block('Types', ['  maps: Maps;', '  programs: Programs;', '  variables: Variables;']),
  ].join('\n');
}

function block(name: string, lines: readonly string[]): string {
  return lines.length === 0
    ? `export type ${name} = Record<never, never>;\n`
    : `export interface ${name} {\n${lines.join('\n')}\n}\n`;
}

class ModuleWriter {
  readonly #btf: Btf | undefined;
  readonly #types: TypeWriter;
  readonly #imports = new Set<string>();

  constructor(btf: Btf | undefined) {
    this.#btf = btf;
    this.#types = new TypeWriter(btf, [...OWN, ...IMPORTED]);
  }

  /** Imports, and the structs. */
  head(): string[] {
    const names = [...this.#imports].sort();
    const line = `import type { ${names.join(', ')} } from ${PACKAGE};\n`;
    const lines = `import type {\n${names.map((name) => `  ${name},\n`).join('')}} from ${PACKAGE};\n`;
    const imports = names.length === 0 ? [] : [line.length > WIDTH ? lines : line];
    return [...imports, ...this.#types.declarations()];
  }

  /** A name of the library. */
  name(name: string): string {
    this.#imports.add(name);
    return name;
  }

  /** The type if it has that size, else what stands for so many bytes. */
  sized(type: number, size: number, otherwise: string): string {
    const known = type !== 0 && this.#btf !== undefined && sizeOf(this.#btf, type) === size;
    return known ? this.#types.type(type) : otherwise;
  }

  /** The map's line in `Maps`; none for types without objects. */
  map(map: ObjectMapSpec): string[] {
    const shown = this.#mapType(map);
    if (shown === undefined) return [];
    const comment = `  /** ${mapTypeName(map.type) ?? `type ${map.type}`}, ${map.maxEntries} ${map.maxEntries === 1 ? 'entry' : 'entries'} */`;
    return [`${comment}\n  ${propertyName(map.name)}: ${shown.replaceAll('\n', '\n  ')};`];
  }

  #mapType(map: ObjectMapSpec): string | undefined {
    const known = KINDS.get(map.type);
    if (known === undefined) return undefined;
    const parameters = known.parameters.map((parameter) => this.#parameter(map, parameter));
    return `${this.name(known.name)}${parameters.length === 0 ? '' : `<${parameters.join(', ')}>`}`;
  }

  #parameter(map: ObjectMapSpec, parameter: MapKind['parameters'][number]): string {
    switch (parameter) {
      case 'key':
        return this.sized(map.keyType, map.keySize, untyped(map.keySize));
      case 'value':
        return this.sized(map.valueType, map.valueSize, untyped(map.valueSize));
      case 'record':
        // Of any length, unless the object says their type.
        return map.valueType === 0 || this.#btf === undefined ? 'Uint8Array' : this.#types.type(map.valueType);
      default:
        return (map.inner && this.#mapType(map.inner)) ?? this.name('BpfMap');
    }
  }
}

function untyped(size: number): string {
  return size === 4 ? 'number' : size === 8 ? 'bigint' : `Uint8Array /* ${size} bytes */`;
}
