/** Numbers of the ELF format and of its BPF flavour. */
export const ElfType = { RELOCATABLE: 1 } as const;
export const Machine = { NONE: 0, BPF: 247 } as const;
export const SectionType = { PROGBITS: 1, SYMTAB: 2, STRTAB: 3, RELA: 4, NOBITS: 8, REL: 9 } as const;
export const SectionFlag = { WRITE: 1, ALLOC: 2, EXECUTE: 4, COMPRESSED: 0x800 } as const;
export const SymbolType = { NOTYPE: 0, OBJECT: 1, FUNCTION: 2, SECTION: 3 } as const;
export const SymbolBinding = { LOCAL: 0, GLOBAL: 1, WEAK: 2 } as const;
export const SymbolVisibility = { DEFAULT: 0, INTERNAL: 1, HIDDEN: 2 } as const;
/** Section of a symbol that is not defined in the object. */
export const UNDEFINED = 0;
export const EXTENDED_INDEX = 0xffff;

/** Relocations by what they change: an instruction of 16 bytes, one of 8, data of 8, data of 4, debug data of 4. */
export const RelocationType = { NONE: 0, LD64: 1, ABS64: 2, ABS32: 3, NODYLD32: 4, CALL: 10 } as const;
