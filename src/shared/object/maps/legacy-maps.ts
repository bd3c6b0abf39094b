/** Maps of a section `maps`: `struct bpf_map_def`, five or more numbers. For objects without BTF. */
import { ByteReader } from '../bytes.js';
import { contentsOf, type ElfSection, type ElfSymbol, SymbolType } from '../elf/index.js';
import { malformed, unsupported } from '../errors.js';
import type { ObjectSource } from '../source.js';
import { type DeclaredMap, isOuter, kernelName } from './btf-maps.js';

export const LEGACY_SECTION = 'maps';
const DEFINITION_SIZE = 20;

/** Throws ObjectError for a definition that is cut off, or with further fields that are not zero. */
export function readLegacyMaps(source: ObjectSource, section: ElfSection): DeclaredMap[] {
  const data = contentsOf(section);
  const reader = new ByteReader(data, source.elf.littleEndian);
  const symbols = source.symbols
    .filter(
      ({ section: index, type }) =>
        index === section.index && (type === SymbolType.OBJECT || type === SymbolType.NOTYPE),
    )
    .filter(({ name }) => name !== '')
    .sort((one, other) => one.value - other.value);
  return symbols.map((symbol, index) => {
    const end = symbols[index + 1]?.value ?? data.length;
    return readDefinition(reader, section, symbol, end);
  });
}

function readDefinition(
  reader: ByteReader,
  section: ElfSection,
  { name, value: offset }: ElfSymbol,
  end: number,
): DeclaredMap {
  if (offset + DEFINITION_SIZE > end)
    throw malformed(`map ${name}: ${end - offset} bytes, expected ${DEFINITION_SIZE}`, section.offset + offset);
  for (let at = offset + DEFINITION_SIZE; at < end; at++) {
    if (reader.u8(at) !== 0)
      throw unsupported(`map ${name}: more than the five fields of struct bpf_map_def`, section.offset + at);
  }
  const field = (index: number): number => reader.u32(offset + 4 * index);
  if (isOuter(field(0)))
    throw unsupported(
      `map ${name}: an outer map in section "maps" has no template, declare it in ".maps"`,
      section.offset + offset,
    );
  const spec = {
    name,
    kernelName: kernelName(name),
    type: field(0),
    keySize: field(1),
    valueSize: field(2),
    maxEntries: field(3),
    flags: field(4),
    numaNode: 0,
    mapExtra: 0,
    pinning: 'none' as const,
    keyType: 0,
    valueType: 0,
    entries: [],
    frozen: false,
  };
  return { spec, offset, size: end - offset, values: -1 };
}
