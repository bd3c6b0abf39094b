/** All maps of an object, and what stands in them from the start. */
import { MapType } from '../../uapi.js';
import { type ElfSection, relocationsOf, RelocationType, sectionNamed, SymbolType } from '../elf/index.js';
import { malformed, unresolved, unsupported } from '../errors.js';
import type { ObjectFunction } from '../programs/functions.js';
import type { ObjectSource } from '../source.js';
import type { ObjectMapSpec } from '../spec.js';
import { type DeclaredMap, isOuter, MAPS_SECTION, readBtfMaps } from './btf-maps.js';
import { LEGACY_SECTION, readLegacyMaps } from './legacy-maps.js';

const POINTER = 8;

/** The maps of each section that declares some, by its index. Throws ObjectError. */
export function readDeclaredMaps(
  source: ObjectSource,
  functions: readonly ObjectFunction[],
): Map<number, DeclaredMap[]> {
  const declared = new Map<number, DeclaredMap[]>();
  const legacy = sectionNamed(source.elf, LEGACY_SECTION);
  if (legacy !== undefined) declared.set(legacy.index, readLegacyMaps(source, legacy));
  const section = sectionNamed(source.elf, MAPS_SECTION);
  if (section === undefined) return declared;
  if (source.btf === undefined) {
    throw unresolved(
      `section ${MAPS_SECTION}: maps are declared by types, but the object has no BTF; compile with -g`,
      section.offset,
    );
  }
  const maps = readBtfMaps(source.btf, section.size);
  for (const { spec, offset, size } of maps) {
    if (offset + size <= section.size) continue;
    throw malformed(
      `map ${spec.name}: bytes ${offset} to ${offset + size} of section ${MAPS_SECTION} (${section.size} bytes)`,
      section.offset,
    );
  }
  declared.set(section.index, fill(source, section, maps, functions));
  return declared;
}

/** Each relocation in `.maps` is a reference in the `values` of an outer map or a program array. */
function fill(
  source: ObjectSource,
  section: ElfSection,
  maps: readonly DeclaredMap[],
  functions: readonly ObjectFunction[],
): DeclaredMap[] {
  const entries = new Map<DeclaredMap, { index: number; name: string }[]>();
  for (const { offset, type, symbol } of relocationsOf(source.elf, source.symbols, section)) {
    const map = maps.find((candidate) => offset >= candidate.offset && offset < candidate.offset + candidate.size);
    const at = section.offset + offset;
    if (type !== RelocationType.ABS64) throw unsupported(`section ${MAPS_SECTION}: relocation of type ${type}`, at);
    if (map === undefined)
      throw malformed(`section ${MAPS_SECTION}: a reference to ${symbol.name} outside of all maps`, at);
    const { name, type: mapType } = map.spec;
    const place = offset - map.offset - map.values;
    if (map.values < 0 || place < 0 || place % POINTER !== 0)
      throw malformed(`map ${name}: a reference to ${symbol.name} outside of its values`, at);
    const wanted = isOuter(mapType)
      ? maps.find((inner) => symbol.section === section.index && inner.offset === symbol.value)?.spec.name
      : functions.find((candidate) => candidate.name === symbol.name && symbol.type === SymbolType.FUNCTION)?.name;
    if (wanted === undefined) {
      const expected = mapType === MapType.PROG_ARRAY ? 'a program' : 'a map';
      throw unresolved(`map ${name}: value ${place / POINTER} refers to ${symbol.name}, which is not ${expected}`, at);
    }
    const list = entries.get(map) ?? [];
    list.push({ index: place / POINTER, name: wanted });
    entries.set(map, list);
  }
  return maps.map((map) => {
    const spec: ObjectMapSpec = { ...map.spec, entries: entries.get(map) ?? [] };
    return { ...map, spec };
  });
}
