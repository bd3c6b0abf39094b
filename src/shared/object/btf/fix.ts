/** What a compiler leaves open in the BTF of an object, filled in so that BTF_LOAD takes it. */
import { type Btf, type BtfDataSection, type BtfSectionVariable, type BtfType, Linkage, typeOf } from './types.js';

export interface SectionFacts {
  /** Bytes of each data section, by name. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Names of functions that are global only inside of the object: verified with each of their callers. */
  readonly hidden: ReadonlySet<string>;
  /** By id of the variable: where the externs of `.kconfig` were put. */
  readonly kconfig: ReadonlyMap<number, { readonly offset: number; readonly size: number }>;
}

/** Ids stay what they are: what the kernel would refuse (externs of the kernel) becomes a plain int. */
export function fixBtf(btf: Btf, facts: SectionFacts): Btf {
  const dropped = new Set<number>();
  for (const [id, type] of btf.types.entries()) if (isDropped(btf, id, type, facts)) dropped.add(id);
  for (const [id, type] of btf.types.entries()) {
    if (type.kind === 'decl_tag' && dropped.has(type.type)) dropped.add(id);
  }
  const types = btf.types.map((type, id) => (dropped.has(id) ? PLAIN_INT : fixType(type, facts)));
  return {
    types: types.map((type) => (type.kind === 'datasec' ? withoutOverlaps(types, type) : type)),
    strings: btf.strings,
  };
}

const PLAIN_INT: BtfType = { kind: 'int', name: 'int', size: 4, encoding: 'signed', bitOffset: 0, bits: 32 };

function isDropped(btf: Btf, id: number, type: BtfType, facts: SectionFacts): boolean {
  if (type.kind === 'func') return type.linkage === Linkage.EXTERN;
  if (type.kind === 'var') return type.linkage === Linkage.EXTERN && !facts.kconfig.has(id);
  if (type.kind !== 'datasec') return false;
  if (type.variables.some((variable) => facts.kconfig.has(variable.type))) return false;
  const size = type.size || (facts.sizes.get(type.name) ?? 0);
  return size === 0 || type.variables.some((variable) => typeOf(btf, variable.type).kind !== 'var');
}

/** Some compilers list a static variable in a section that it was moved out of: it gives way to the others. */
function withoutOverlaps(types: readonly BtfType[], section: BtfDataSection): BtfDataSection {
  const isStatic = ({ type }: BtfSectionVariable): boolean => {
    const variable = types[type];
    return variable?.kind === 'var' && variable.linkage === Linkage.STATIC;
  };
  const kept: BtfSectionVariable[] = [];
  for (const variable of section.variables) {
    const last = kept[kept.length - 1];
    if (last === undefined || variable.offset >= last.offset + last.size) kept.push(variable);
    else if (isStatic(last) && !isStatic(variable)) kept[kept.length - 1] = variable;
  }
  return { ...section, variables: kept };
}

function fixType(type: BtfType, { sizes, hidden, kconfig }: SectionFacts): BtfType {
  if (type.kind === 'func' && hidden.has(type.name)) return { ...type, linkage: Linkage.STATIC };
  if (type.kind === 'var' && type.linkage === Linkage.EXTERN) return { ...type, linkage: Linkage.GLOBAL };
  if (type.kind !== 'datasec') return type;
  const places = type.variables.map((variable) => ({ ...variable, ...kconfig.get(variable.type) }));
  const end = Math.max(0, ...places.map(({ offset, size }) => offset + size));
  const size = type.size || (sizes.get(type.name) ?? end);
  return { ...type, size, variables: places.sort((one, other) => one.offset - other.offset) };
}
