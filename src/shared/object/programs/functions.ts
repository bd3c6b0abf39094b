import { SymbolBinding, SymbolType, SymbolVisibility, type ElfSection } from '../elf/index.js';
import { malformed } from '../errors.js';
import { isProgramSection, type ObjectSource } from '../source.js';

export const INSTRUCTION_SIZE = 8;
/** Functions that programs of every section call lie here. */
export const SUBPROGRAM_SECTION = '.text';

/** A function of the object: a program, or a subprogram that is linked behind those that call it. */
export interface ObjectFunction {
  readonly name: string;
  readonly section: ElfSection;
  /** Instructions from the start of the section: first, and one past the last. */
  readonly start: number;
  readonly end: number;
  readonly local: boolean;
  /** Global, but seen by nothing outside of the object: verified with each of its callers. */
  readonly hidden: boolean;
}

/** The functions of all program sections, by their place. Throws ObjectError for one outside of its section. */
export function readFunctions(source: ObjectSource): ObjectFunction[] {
  const functions: ObjectFunction[] = [];
  for (const symbol of source.symbols) {
    const section = source.elf.sections[symbol.section];
    if (symbol.type !== SymbolType.FUNCTION || section === undefined || !isProgramSection(section)) continue;
    const end = symbol.value + symbol.size;
    if (
      symbol.value % INSTRUCTION_SIZE !== 0 ||
      symbol.size % INSTRUCTION_SIZE !== 0 ||
      symbol.size === 0 ||
      end > section.size
    ) {
      throw malformed(
        `function ${symbol.name}: bytes ${symbol.value} to ${end} of section ${section.name} (${section.size} bytes)`,
        section.offset,
      );
    }
    functions.push({
      name: symbol.name,
      section,
      start: symbol.value / INSTRUCTION_SIZE,
      end: end / INSTRUCTION_SIZE,
      local: symbol.binding === SymbolBinding.LOCAL,
      hidden: symbol.visibility === SymbolVisibility.HIDDEN || symbol.visibility === SymbolVisibility.INTERNAL,
    });
  }
  functions.sort((one, other) => one.section.index - other.section.index || one.start - other.start);
  checkOverlaps(functions);
  return functions;
}

function checkOverlaps(functions: readonly ObjectFunction[]): void {
  for (const [index, one] of functions.entries()) {
    const next = functions[index + 1];
    if (next?.section !== one.section || next.start >= one.end) continue;
    throw malformed(
      `functions ${one.name} and ${next.name} overlap in section ${one.section.name}`,
      one.section.offset,
    );
  }
}

/** The function that begins at an instruction of a section. */
export function functionAt(
  functions: readonly ObjectFunction[],
  section: ElfSection,
  start: number,
): ObjectFunction | undefined {
  return functions.find((candidate) => candidate.section === section && candidate.start === start);
}
