/** An object file taken apart: what all steps of reading a spec share. */
import { type Btf, type BtfExtension, readBtf, readBtfExtension } from './btf/index.js';
import {
  type ElfFile,
  type ElfSection,
  type ElfSymbol,
  readElf,
  readSymbols,
  relocatedData,
  sectionNamed,
  SectionFlag,
  SectionType,
} from './elf/index.js';
import { BtfError, unsupported } from './errors.js';

export interface ObjectSource {
  readonly elf: ElfFile;
  readonly symbols: readonly ElfSymbol[];
  /** As the compiler wrote it. */
  readonly btf: Btf | undefined;
  readonly extension: BtfExtension;
  readonly warnings: string[];
}

const NO_EXTENSION: BtfExtension = { functions: new Map(), lines: new Map(), relocations: new Map() };

/** Throws ObjectError: for a broken file, and for one of the other byte order. */
export function openSource(bytes: Uint8Array): ObjectSource {
  const elf = readElf(bytes);
  if (!elf.littleEndian)
    throw unsupported('a big-endian object: programs run little-endian here, compile with -target bpfel', 5);
  const symbols = readSymbols(elf);
  const section = sectionNamed(elf, '.BTF');
  const btf = section && located(section, () => readBtf(relocatedData(elf, symbols, section)));
  return { elf, symbols, btf, extension: btf ? openExtension(elf, symbols, btf) : NO_EXTENSION, warnings: [] };
}

function openExtension(elf: ElfFile, symbols: readonly ElfSymbol[], btf: Btf): BtfExtension {
  const section = sectionNamed(elf, '.BTF.ext');
  if (section === undefined) return NO_EXTENSION;
  return located(section, () => readBtfExtension(relocatedData(elf, symbols, section), btf, elf.littleEndian));
}

/** Errors in a section speak of bytes of the file. */
function located<T>(section: ElfSection, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BtfError) || error.offset === undefined) throw error;
    const message = `section ${section.name} (from byte ${section.offset} on): ${error.message}`;
    throw new BtfError(error.errno, message, { cause: error });
  }
}

export function isProgramSection(section: ElfSection): boolean {
  return section.type === SectionType.PROGBITS && (section.flags & SectionFlag.EXECUTE) !== 0;
}
