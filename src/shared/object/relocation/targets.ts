/** What a symbol stands for in an instruction. */
import { type ElfSymbol, isUndefined, SymbolType } from '../elf/index.js';
import { unresolved, unsupported } from '../errors.js';
import type { DeclaredMap } from '../maps/btf-maps.js';
import { isDataSection } from '../maps/global-data.js';
import type { ObjectSource } from '../source.js';
import { type Externs, KCONFIG } from './externs.js';

export type SymbolTarget =
  /** `offset` undefined: the map itself; else an address in its value. */
  | { readonly kind: 'map'; readonly map: string; readonly offset: number | undefined }
  /** Of the kernel, which is not here: address 0 when weak. */
  | { readonly kind: 'absent'; readonly what: string; readonly weak: boolean; readonly index: number };

export class SymbolTargets {
  readonly #source: ObjectSource;
  /** By index of the section in which they are declared. */
  readonly #declared: ReadonlyMap<number, readonly DeclaredMap[]>;
  readonly #externs: Externs;

  constructor(source: ObjectSource, declared: ReadonlyMap<number, readonly DeclaredMap[]>, externs: Externs) {
    this.#source = source;
    this.#declared = declared;
    this.#externs = externs;
  }

  /** @param addend What the instruction adds to the symbol's place, in bytes. */
  find(symbol: ElfSymbol, addend: number): SymbolTarget {
    if (isUndefined(symbol)) return this.#extern(symbol);
    const maps = this.#declared.get(symbol.section);
    // Static symbols are named by their section and a distance.
    const place = symbol.type === SymbolType.SECTION || maps === undefined ? symbol.value + addend : symbol.value;
    if (maps !== undefined) return { kind: 'map', map: this.#mapAt(maps, place, symbol), offset: undefined };
    const section = this.#source.elf.sections[symbol.section];
    if (section === undefined || !isDataSection(section)) {
      throw unsupported(
        `symbol ${symbol.name}: lies in section ${section?.name ?? symbol.section}, which holds neither maps nor data`,
      );
    }
    if (section.size === 0) throw unresolved(`symbol ${symbol.name}: its section ${section.name} is empty`);
    return { kind: 'map', map: section.name, offset: place };
  }

  #mapAt(maps: readonly DeclaredMap[], place: number, symbol: ElfSymbol): string {
    const found = maps.find((map) => map.offset === place);
    if (found === undefined)
      throw unresolved(`symbol ${symbol.name}: no map is declared at byte ${place} of its section`);
    return found.spec.name;
  }

  #extern(symbol: ElfSymbol): SymbolTarget {
    const found = this.#externs.byName.get(symbol.name);
    if (found === undefined) throw unresolved(`symbol ${symbol.name || symbol.index}: is not defined`);
    if (found.kind === 'kconfig') return { kind: 'map', map: KCONFIG, offset: found.offset };
    const what = found.kind === 'kfunc' ? 'kernel function' : 'kernel symbol';
    return {
      kind: 'absent',
      what: `needs the ${what} ${symbol.name}, which is not here`,
      weak: found.weak,
      index: found.index,
    };
  }
}

/** The part of a map reference that says where in the value it points. */
export function addressOf({ offset }: { readonly offset: number | undefined }): { offset?: number } {
  return offset === undefined ? {} : { offset };
}
