import { type Btf, readBtf } from '../btf/index.js';
import { contentsOf, readElf, readSymbols, relocatedData, sectionNamed } from '../elf/index.js';
import { unresolved } from '../errors.js';

/** The types of a target: a BTF blob such as `/sys/kernel/btf/vmlinux`, or an ELF object with a section `.BTF`. */
export function readTargetBtf(bytes: Uint8Array): Btf {
  if (bytes[0] !== 0x7f || bytes[1] !== 0x45) return readBtf(bytes);
  const elf = readElf(bytes);
  const section = sectionNamed(elf, '.BTF');
  if (section === undefined || contentsOf(section).length === 0)
    throw unresolved('the target object has no BTF: it was built without -g');
  return readBtf(relocatedData(elf, readSymbols(elf), section));
}
