/**
 * Which instruction trapped: the stack trace of a WebAssembly error gives each frame's byte offset in its
 * module, the compiler's offset table gives the instruction that begins at or before it.
 */

/** A frame of V8: `at name (wasm://wasm/URL:wasm-function[INDEX]:0xOFFSET)`. */
const FRAME = /wasm:\/\/wasm\/([^\s:]+):wasm-function\[\d+\]:0x([0-9a-f]+)/;

interface Frame {
  module: string;
  offset: number;
}

/**
 * Instruction index of the innermost frame that belongs to the program, or null.
 * `offsets` are the compiler's pairs (byte offset, instruction), ascending by offset. The program's module is
 * told from the core's by its name (`moduleName`, from the name section), which V8 puts in front of the URL.
 */
export function trapInstruction(error: unknown, moduleName: string, offsets: Uint32Array): number | null {
  for (const frame of frames(error)) {
    if (!belongsTo(frame.module, moduleName)) continue;
    return instructionAt(offsets, frame.offset);
  }
  return null;
}

/** The reason of a trap in one line. */
export function trapReason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The instruction whose code holds this byte, or null before the first. */
export function instructionAt(offsets: Uint32Array, offset: number): number | null {
  let low = 0;
  let high = offsets.length / 2;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((offsets[2 * middle] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? null : (offsets[2 * low - 1] ?? null);
}

function frames(error: unknown): Frame[] {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const found: Frame[] = [];
  for (const line of stack.split('\n')) {
    const match = FRAME.exec(line);
    if (match?.[1] && match[2]) found.push({ module: match[1], offset: Number.parseInt(match[2], 16) });
  }
  return found;
}

/** V8 names a module with a name section `NAME-HASH`, one without it `HASH`. */
function belongsTo(url: string, moduleName: string): boolean {
  const dash = url.lastIndexOf('-');
  return dash >= 0 && url.slice(0, dash) === moduleName;
}
