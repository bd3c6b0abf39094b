import { type ObjectProgramSpec, type ObjectSpec, Runtime } from '../../index.js';
import { watOf } from '../wat/print.js';
import { withoutTailCalls } from './alone.js';
import { instructionTexts } from './listing.js';

/** The WebAssembly that a program is compiled to, each instruction's text above its code. */
export async function watListing(
  spec: ObjectSpec,
  program: ObjectProgramSpec,
  btf: Uint8Array | undefined,
): Promise<string[]> {
  await using runtime = await Runtime.create({ workers: 0 });
  const loaded = await runtime.loadObject(withoutTailCalls(spec), {
    programs: [program.name],
    ...(btf ? { btf } : {}),
  });
  const { wasm = null, wasmOffsets = new Uint32Array() } = loaded.programs[program.name] ?? {};
  if (wasm === null)
    throw new Error(`${program.name} is too large for a WebAssembly function: the interpreter runs it`);
  const texts = instructionTexts(program);
  const comments = new Map<number, string>();
  for (let pair = 0; pair < wasmOffsets.length; pair += 2) {
    const slot = wasmOffsets[pair + 1] as number;
    comments.set(wasmOffsets[pair] as number, `${slot}: ${texts.get(slot) ?? ''}`);
  }
  return watOf(wasm, { commentAt: (offset) => comments.get(offset) })
    .trimEnd()
    .split('\n');
}
