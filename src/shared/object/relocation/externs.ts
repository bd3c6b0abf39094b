/** What an object expects from its surroundings: kernel configuration, kernel symbols, kernel functions. */
import { MapFlags, MapType } from '../../uapi.js';
import { alignmentOf, type Btf, type BtfVariable, resolvedType, sizeOf, typeOf } from '../btf/index.js';
import { type ElfSymbol, isUndefined, SymbolBinding } from '../elf/index.js';
import { malformed, unresolved, unsupported } from '../errors.js';
import type { ObjectSource } from '../source.js';
import type { ObjectMapSpec } from '../spec.js';

export type KconfigValue = number | bigint | boolean | string;

/** An extern that a program refers to. `offset`: in the map `.kconfig`. */
export type Extern =
  | { readonly kind: 'kconfig'; readonly name: string; readonly offset: number }
  | { readonly kind: 'ksym' | 'kfunc'; readonly name: string; readonly weak: boolean; readonly index: number };

export const KCONFIG = '.kconfig';

/** What LINUX_KERNEL_VERSION gives: 6.18.0, whose behaviour this library has; bpf_get_attach_cookie() is of it. */
const KERNEL_VERSION = (6 << 16) | (18 << 8);
const BUILT_IN: Readonly<Record<string, KconfigValue>> = {
  LINUX_KERNEL_VERSION: KERNEL_VERSION,
  LINUX_HAS_BPF_COOKIE: 1,
  LINUX_HAS_SYSCALL_WRAPPER: 0,
};

/** Bytes of all `__kconfig` externs together: each is a number or a short text. */
const MAX_KCONFIG = 65_536;

export interface Externs {
  readonly byName: ReadonlyMap<string, Extern>;
  readonly map: ObjectMapSpec | undefined;
}

/** Where a variable of `.kconfig` was put. */
export interface KconfigPlace {
  readonly variable: number;
  readonly offset: number;
  readonly size: number;
}

/**
 * Find the externs, and give those of the kernel's configuration their values: the caller's, else 0 for weak ones.
 * Throws ObjectError for a strong one without a value.
 */
export function readExterns(source: ObjectSource, values: Readonly<Record<string, KconfigValue>>): Externs {
  const byName = new Map<string, Extern>();
  const kconfig = kconfigPlaces(source.btf);
  const map = kconfigMap(source, kconfig, values);
  for (const { variable, offset } of kconfig) {
    const { name } = typeOf(source.btf!, variable);
    byName.set(name, { kind: 'kconfig', name, offset });
  }
  for (const symbol of source.symbols) {
    if (!isUndefined(symbol) || symbol.name === '' || symbol.binding === SymbolBinding.LOCAL || byName.has(symbol.name))
      continue;
    const isFunction = source.btf?.types.some((type) => type.kind === 'func' && type.name === symbol.name) ?? false;
    const kind = isFunction ? 'kfunc' : 'ksym';
    byName.set(symbol.name, { kind, name: symbol.name, weak: isWeak(symbol), index: symbol.index });
  }
  return { byName, map };
}

/** Where the variables of `.kconfig` lie in its map: one after the other, each aligned. */
export function kconfigPlaces(btf: Btf | undefined): KconfigPlace[] {
  const section = btf?.types.find((type) => type.kind === 'datasec' && type.name === KCONFIG);
  if (btf === undefined || section?.kind !== 'datasec') return [];
  let end = 0;
  return section.variables.map(({ type: variable }) => {
    const declared = typeOf(btf, variable);
    if (declared.kind !== 'var') throw malformed(`section ${KCONFIG}: holds a ${declared.kind}, expected variables`);
    const { type, name } = declared;
    const size = sizeOf(btf, type);
    if (size === undefined || size === 0) throw unsupported(`extern ${name}: its type has no size`);
    if (end + size > MAX_KCONFIG)
      throw unsupported(`extern ${name}: more than ${MAX_KCONFIG} bytes of kernel configuration`);
    const alignment = alignmentOf(btf, type);
    const offset = Math.ceil(end / alignment) * alignment;
    end = offset + size;
    return { variable, offset, size };
  });
}

function kconfigMap(
  source: ObjectSource,
  places: readonly KconfigPlace[],
  values: Readonly<Record<string, KconfigValue>>,
): ObjectMapSpec | undefined {
  const last = places[places.length - 1];
  if (last === undefined) return undefined;
  const contents = new Uint8Array(last.offset + last.size);
  for (const place of places) contents.set(valueBytes(source, place, values), place.offset);
  return {
    name: KCONFIG,
    kernelName: KCONFIG,
    type: MapType.ARRAY,
    keySize: 4,
    valueSize: contents.length,
    maxEntries: 1,
    flags: MapFlags.MMAPABLE | MapFlags.RDONLY_PROG,
    numaNode: 0,
    mapExtra: 0,
    pinning: 'none',
    keyType: 0,
    valueType: source.btf!.types.findIndex((type) => type.kind === 'datasec' && type.name === KCONFIG),
    entries: [],
    contents,
    frozen: true,
  };
}

function valueBytes(
  { btf, symbols }: ObjectSource,
  place: KconfigPlace,
  values: Readonly<Record<string, KconfigValue>>,
): Uint8Array {
  const { name, type } = typeOf(btf!, place.variable) as BtfVariable;
  const weak = symbols.some((symbol) => symbol.name === name && isWeak(symbol));
  const value = Object.hasOwn(values, name) ? values[name] : BUILT_IN[name];
  if (value === undefined && !weak) {
    throw unresolved(
      `extern ${name} (__kconfig): there is no kernel configuration here; give a value by the option kconfig`,
    );
  }
  const bytes = new Uint8Array(place.size);
  if (typeof value === 'string') {
    const text = new TextEncoder().encode(value);
    if (resolvedType(btf!, type).kind !== 'array' || text.length >= place.size) {
      throw unresolved(`extern ${name} (__kconfig): the text "${value}" does not fit into ${place.size} bytes`);
    }
    bytes.set(text);
  } else {
    let bits = BigInt.asUintN(64, BigInt(value ?? 0));
    for (let at = 0; at < Math.min(8, place.size); at++, bits >>= 8n) bytes[at] = Number(bits & 0xffn);
  }
  return bytes;
}

function isWeak(symbol: ElfSymbol): boolean {
  return symbol.binding === SymbolBinding.WEAK;
}
