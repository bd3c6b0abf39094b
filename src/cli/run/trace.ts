/** Traces as text: one line an instruction, with source lines above. */
import type { TraceStep } from '../../index.js';

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
