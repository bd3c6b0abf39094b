import type { ObjectProgramSpec, ObjectSpec } from '../../index.js';

/** The source line that begins at each instruction slot, as the object's BTF records it. */
export function sourceLines(spec: ObjectSpec, program: ObjectProgramSpec): ReadonlyMap<number, string> {
  const lines = new Map<number, string>();
  const strings = spec.btf?.strings;
  if (!strings) return lines;
  for (const { insn, text, line } of program.lines) {
    const source = stringAt(strings, text).trim();
    if (source !== '') lines.set(insn, `${source}  @ ${line}`);
  }
  return lines;
}

/** Names of the functions by their first slot, where BTF or the program's own name tells them. */
export function functionNames(spec: ObjectSpec, program: ObjectProgramSpec): ReadonlyMap<number, string> {
  const names = new Map<number, string>([[0, program.name]]);
  for (const { insn, type } of program.functions) {
    const found = spec.btf?.types[type];
    if (found && 'name' in found && typeof found.name === 'string' && found.name !== '') names.set(insn, found.name);
  }
  return names;
}

function stringAt(strings: Uint8Array, offset: number): string {
  const end = strings.indexOf(0, offset);
  return new TextDecoder().decode(strings.subarray(offset, end < 0 ? strings.length : end));
}
