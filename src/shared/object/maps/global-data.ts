/** Global variables: each data section is the single element of an array map. */
import { MapFlags, MapType, OBJECT_NAME_SIZE } from '../../uapi.js';
import { type Btf, typeOf } from '../btf/index.js';
import { contentsOf, type ElfSection, SectionFlag, SectionType, SymbolType } from '../elf/index.js';
import { malformed } from '../errors.js';
import type { ObjectSource } from '../source.js';
import type { ObjectMapSpec, ObjectVariableSpec } from '../spec.js';

/** Larger ones are refused: no data section of a program comes near it. */
const MAX_DATA = 64 * 1024 * 1024;

/** `.data`, `.bss`, `.rodata`, and sections whose names go on behind a dot. */
export function isDataSection(section: ElfSection): boolean {
  if (!(section.flags & SectionFlag.ALLOC) || section.flags & SectionFlag.EXECUTE) return false;
  const { type, name } = section;
  if (type === SectionType.NOBITS) return /^\.bss(\.|$)/.test(name);
  return type === SectionType.PROGBITS && /^\.(data|rodata)(\.|$)/.test(name);
}

function isConstant(section: ElfSection): boolean {
  return section.name.startsWith('.rodata');
}

/** The map of a data section; null for an empty one. `objectName` goes into the kernel's name of the map. */
export function dataMap(source: ObjectSource, section: ElfSection, objectName: string): ObjectMapSpec | null {
  if (section.size === 0) return null;
  if (section.size > MAX_DATA)
    throw malformed(`section ${section.name}: ${section.size} bytes, expected at most ${MAX_DATA}`, section.offset);
  const contents = new Uint8Array(section.size);
  if (section.type !== SectionType.NOBITS) contents.set(contentsOf(section));
  const constant = isConstant(section);
  return {
    name: section.name,
    kernelName: dataMapName(objectName, section.name),
    type: MapType.ARRAY,
    keySize: 4,
    valueSize: section.size,
    maxEntries: 1,
    flags: MapFlags.MMAPABLE | (constant ? MapFlags.RDONLY_PROG : 0),
    numaNode: 0,
    mapExtra: 0,
    pinning: 'none',
    keyType: 0,
    valueType: sectionType(source.btf, section.name),
    entries: [],
    contents,
    frozen: constant,
  };
}

/** As libbpf names them: the object's name before `.data`, and sections with two dots by their own name. */
function dataMapName(objectName: string, section: string): string {
  const room = OBJECT_NAME_SIZE - 1;
  const suffix = section.slice(0, room);
  const prefix = section.includes('.', 1) ? '' : objectName.slice(0, Math.max(0, room - Math.max(7, suffix.length)));
  return `${prefix}${suffix}`.replace(/[^A-Za-z0-9_.]/g, '_');
}

function sectionType(btf: Btf | undefined, name: string): number {
  const id = btf?.types.findIndex((type) => type.kind === 'datasec' && type.name === name) ?? -1;
  return Math.max(0, id);
}

/** The variables of a data section: by BTF, which has the static ones too, or by the symbols of an object without. */
export function dataVariables(source: ObjectSource, btf: Btf | undefined, section: ElfSection): ObjectVariableSpec[] {
  const id = sectionType(btf, section.name);
  const constant = isConstant(section);
  const place = { map: section.name, constant };
  if (btf !== undefined && id !== 0) {
    const declared = typeOf(btf, id);
    if (declared.kind !== 'datasec') return [];
    return declared.variables.map(({ type, offset, size }) => {
      const variable = typeOf(btf, type);
      return { ...place, name: variable.name, offset, size, type: variable.kind === 'var' ? variable.type : 0 };
    });
  }
  return source.symbols
    .filter((symbol) => symbol.section === section.index && symbol.type === SymbolType.OBJECT && symbol.size > 0)
    .map(({ name, value, size }) => ({ ...place, name, offset: value, size, type: 0 }));
}
