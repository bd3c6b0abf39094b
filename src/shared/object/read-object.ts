import { ByteReader } from './bytes.js';
import type { Btf, FunctionInfo, LineInfo } from './btf/index.js';
import { fixBtf } from './btf/fix.js';
import { contentsOf, sectionNamed } from './elf/index.js';
import { readDeclaredMaps } from './maps/declared.js';
import { dataMap, dataVariables, isDataSection } from './maps/global-data.js';
import { INSTRUCTION_SIZE, type ObjectFunction, readFunctions, SUBPROGRAM_SECTION } from './programs/functions.js';
import { nearestSection, sectionMeaning } from './programs/section-names.js';
import { type Externs, type KconfigValue, kconfigPlaces, readExterns } from './relocation/externs.js';
import { Linker, type LinkedProgram } from './relocation/link.js';
import { SymbolTargets } from './relocation/targets.js';
import { type ObjectSource, openSource } from './source.js';
import type { ObjectMapSpec, ObjectProgramSpec, ObjectSpec, ObjectVariableSpec } from './spec.js';

export interface ReadObjectOptions {
  /** Goes before `.data` and its like in the kernel's names of maps; by custom the file's name without extensions. */
  readonly name?: string;
  /** Values of `__kconfig` externs, by name. */
  readonly kconfig?: Readonly<Record<string, KconfigValue>>;
}

/**
 * Read what `clang -target bpf -c` wrote: maps, programs with their subprograms linked in, variables. Nothing is
 * created; the spec may be edited and then given to `runtime.loadObject()`, more than once.
 *
 * Throws ObjectError: code ERR_INNERMAP_OBJECT_MALFORMED for bytes that are no sound object,
 * ERR_INNERMAP_OBJECT_UNSUPPORTED for what cannot be done here (another machine or byte order, unknown map
 * attributes), ERR_INNERMAP_OBJECT_UNRESOLVED for references that lead nowhere. A program that alone cannot be
 * loaded (an unknown section name, a kernel function that it needs) is listed with its `problems`.
 */
export function readObject(bytes: Uint8Array, options: ReadObjectOptions = {}): ObjectSpec {
  if (!(bytes instanceof Uint8Array))
    throw new TypeError(
      `readObject(): bytes: given ${typeof bytes}, expected a Uint8Array: what readFile(path) gives for an object file`,
    );
  const source = openSource(bytes);
  const functions = readFunctions(source);
  const declared = readDeclaredMaps(source, functions);
  const externs = readExterns(source, options.kconfig ?? {});
  const linker = new Linker(source, functions, new SymbolTargets(source, declared, externs));
  const programs = readPrograms(source, functions, linker);
  const declaredSpecs = [...declared.values()].flat().map(({ spec }) => spec);
  const btf = source.btf && fixSourceBtf(source, source.btf, functions);
  const { maps, variables } = collectMaps(source, btf, declaredSpecs, externs, options.name ?? '');
  return {
    license: readLicense(source),
    version: readVersion(source),
    maps,
    programs,
    variables,
    ...(btf === undefined ? {} : { btf }),
    warnings: source.warnings,
  };
}

function collectMaps(
  source: ObjectSource,
  btf: Btf | undefined,
  declared: readonly ObjectMapSpec[],
  externs: Externs,
  objectName: string,
): { maps: Record<string, ObjectMapSpec>; variables: Record<string, ObjectVariableSpec> } {
  const maps = new Map<string, ObjectMapSpec>();
  const variables = new Map<string, ObjectVariableSpec>();
  for (const map of declared) maps.set(map.name, map);
  for (const section of source.elf.sections) {
    if (!isDataSection(section)) continue;
    const map = dataMap(source, section, objectName);
    if (map === null) continue;
    maps.set(map.name, map);
    for (const variable of dataVariables(source, btf, section)) {
      // Static variables of two functions may share a name.
      const key = variables.has(variable.name) ? `${section.name}:${variable.name}@${variable.offset}` : variable.name;
      if (variable.offset + variable.size <= map.valueSize) variables.set(key, variable);
      else source.warnings.push(`variable ${variable.name}: lies outside of section ${section.name}, left out`);
    }
  }
  if (externs.map !== undefined) maps.set(externs.map.name, externs.map);
  return { maps: record(maps), variables: record(variables) };
}

/** Names come from the file: `__proto__` is as good a name as any. */
function record<T>(entries: ReadonlyMap<string, T>): Record<string, T> {
  return Object.assign(Object.create(null) as Record<string, T>, Object.fromEntries(entries));
}

/** Functions outside of `.text` are programs; so are those of `.text` when there is nothing else. */
function readPrograms(
  source: ObjectSource,
  functions: readonly ObjectFunction[],
  linker: Linker,
): Record<string, ObjectProgramSpec> {
  const programs = new Map<string, ObjectProgramSpec>();
  for (const program of functions) {
    if (program.section.name === SUBPROGRAM_SECTION) continue;
    if (program.local) {
      source.warnings.push(`function ${program.name}: static in section ${program.section.name}, so it is no program`);
      continue;
    }
    programs.set(program.name, programSpec(source, program, linker.link(program)));
  }
  return record(programs);
}

function programSpec(source: ObjectSource, program: ObjectFunction, linked: LinkedProgram): ObjectProgramSpec {
  const section = program.section.name;
  const meaning = sectionMeaning(section);
  const problems = [...linked.problems];
  if (meaning === undefined) problems.push(unknownSection(section));
  else if (meaning.sloppy) source.warnings.push(`section "${section}": taken by how its name begins`);
  return {
    name: program.name,
    section,
    type: meaning?.type ?? 0,
    expectedAttachType: meaning?.expectedAttachType ?? 0,
    flags: meaning?.flags ?? 0,
    autoload: meaning?.autoload ?? !section.startsWith('?'),
    insns: linked.insns,
    references: linked.references,
    ...programInfo(source, linked),
    relocations: moved(source.extension.relocations, linked),
    problems,
  };
}

function unknownSection(name: string): string {
  const near = nearestSection(name);
  const hint = near === undefined ? '' : `: did you mean ${near}?`;
  return `section "${name}": no convention says which type of program this is${hint}`;
}

/** Function and line info go together: the kernel wants an entry for every function, or none at all. */
function programInfo(source: ObjectSource, linked: LinkedProgram): { functions: FunctionInfo[]; lines: LineInfo[] } {
  const functions = moved(source.extension.functions, linked);
  if (functions.length !== linked.pieces.length) return { functions: [], lines: [] };
  return { functions, lines: moved(source.extension.lines, linked) };
}

/** Records of the functions of a program, at their new places. */
function moved<T extends { readonly insn: number }>(
  records: ReadonlyMap<string, readonly T[]>,
  linked: LinkedProgram,
): T[] {
  const result: T[] = [];
  for (const { function: piece, at } of linked.pieces) {
    const start = piece.start * INSTRUCTION_SIZE;
    const end = piece.end * INSTRUCTION_SIZE;
    for (const entry of records.get(piece.section.name) ?? []) {
      if (entry.insn < start || entry.insn >= end || entry.insn % INSTRUCTION_SIZE !== 0) continue;
      result.push({ ...entry, insn: at + (entry.insn - start) / INSTRUCTION_SIZE });
    }
  }
  return result;
}

function fixSourceBtf(source: ObjectSource, btf: Btf, functions: readonly ObjectFunction[]): Btf {
  const sizes = new Map(source.elf.sections.map((section) => [section.name, section.size]));
  const hidden = new Set(functions.filter((candidate) => candidate.hidden && !candidate.local).map(({ name }) => name));
  const kconfig = new Map(kconfigPlaces(btf).map((place) => [place.variable, place]));
  return fixBtf(btf, { sizes, hidden, kconfig });
}

function readLicense(source: ObjectSource): string {
  const section = sectionNamed(source.elf, 'license');
  if (section === undefined) return '';
  const data = contentsOf(section);
  const end = data.indexOf(0);
  return String.fromCharCode(...data.subarray(0, Math.min(end < 0 ? data.length : end, 128)));
}

function readVersion(source: ObjectSource): number {
  const section = sectionNamed(source.elf, 'version');
  return section === undefined ? 0 : new ByteReader(contentsOf(section), source.elf.littleEndian).u32(0);
}
