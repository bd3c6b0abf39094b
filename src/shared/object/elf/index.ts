/** ELF64 objects of the BPF target. */
export * from './constants.js';
export { contentsOf, type ElfFile, type ElfSection, readElf, sectionNamed } from './read.js';
export { type ElfRelocation, relocatedData, relocationsOf } from './relocations.js';
export { type ElfSymbol, isUndefined, readSymbols } from './symbols.js';
