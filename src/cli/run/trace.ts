/** Traces as text: one line an instruction, with source lines above. */
import type { TraceStep } from '../../index.js';
import type { NamedMaps } from './assembly.js';

const TEXT_COLUMN = 40;

/** `slot: instruction  ; registers that it changed`, indented by the depth of calls. */
export function traceLines({ slot, text, changed, depth, line }: TraceStep): string[] {
  const indent = '  '.repeat(depth - 1);
  const registers = changed.map(([register, value]) => `r${register} = 0x${value.toString(16)}`).join(', ');
  const instruction = `${indent}${String(slot).padStart(6)}: ${text}`;
  const shown = registers === '' ? instruction : `${instruction.padEnd(TEXT_COLUMN)} ; ${registers}`;
  return line === undefined ? [shown] : [`${indent}; ${line}`, shown];
}

/** A step for `--json`: values in hexadecimal, since they are 64 bits wide. */
export function traceJson({ changed, ...step }: TraceStep): Readonly<Record<string, unknown>> {
  const registers = changed.map(([register, value]) => [`r${register}`, `0x${value.toString(16)}`] as const);
  return { ...step, changed: Object.fromEntries(registers) };
}

/** Names of maps by descriptor. */
export function mapNames(maps: NamedMaps): ReadonlyMap<number, string> {
  return new Map(Object.entries(maps).map(([name, { fd }]) => [fd, name]));
}

/** An instruction that names a map by its descriptor, by its name instead. */
export function withMapNames(text: string, names: ReadonlyMap<number, string>): string {
  return text.replace(/map\[fd:(\d+)\]/, (whole, fd: string) => {
    const name = names.get(Number(fd));
    return name === undefined ? whole : `map[${name}]`;
  });
}
