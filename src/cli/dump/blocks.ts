/** Basic blocks of a program, from its instruction bytes. */

export interface Block {
  /** First slot, and the slot behind the last one. */
  readonly start: number;
  readonly end: number;
  /** Where control goes: to the following block, to a jump's target, or into nothing at an exit. */
  readonly edges: readonly { readonly to: number; readonly kind: 'next' | 'jump' }[];
}

const SLOT = 8;
const CLASS = { JMP: 5, JMP32: 6 } as const;
const CODE = { JA: 0x00, CALL: 0x80, EXIT: 0x90 } as const;
const LOAD_IMMEDIATE = 0x18;
const SUBPROGRAM_CALL = 1;

interface Jump {
  readonly target: number | null;
  readonly fallsThrough: boolean;
}

/** Ascending by slot. Functions are told apart by the blocks that only a call leads to. */
export function blocksOf(insns: Uint8Array): Block[] {
  const view = new DataView(insns.buffer, insns.byteOffset, insns.byteLength);
  const count = insns.length / SLOT;
  const jumps = new Map<number, Jump>();
  const starts = new Set<number>([0]);
  for (let slot = 0; slot < count; slot += view.getUint8(slot * SLOT) === LOAD_IMMEDIATE ? 2 : 1) {
    const callee = calledSlot(view, slot);
    if (callee !== null) starts.add(callee);
    const jump = jumpAt(view, slot);
    if (!jump) continue;
    jumps.set(slot, jump);
    if (jump.target !== null) starts.add(jump.target);
    starts.add(slot + 1);
  }
  const ordered = [...starts].filter((slot) => slot < count).sort((a, b) => a - b);
  return ordered.map((start, index) => {
    const end = ordered[index + 1] ?? count;
    return { start, end, edges: edgesOf(jumps.get(lastSlot(view, start, end)), end, count) };
  });
}

function edgesOf(jump: Jump | undefined, end: number, count: number): Block['edges'] {
  const next = end < count ? [{ to: end, kind: 'next' } as const] : [];
  if (!jump) return next;
  const taken = jump.target === null ? [] : [{ to: jump.target, kind: 'jump' } as const];
  return jump.fallsThrough ? [...next, ...taken] : taken;
}

function lastSlot(view: DataView, start: number, end: number): number {
  let last = start;
  for (let slot = start; slot < end; slot += view.getUint8(slot * SLOT) === LOAD_IMMEDIATE ? 2 : 1) last = slot;
  return last;
}

function jumpAt(view: DataView, slot: number): Jump | null {
  const opcode = view.getUint8(slot * SLOT);
  const group = opcode & 0x07;
  if (group !== CLASS.JMP && group !== CLASS.JMP32) return null;
  const code = opcode & 0xf0;
  if (code === CODE.CALL) return null;
  if (code === CODE.EXIT) return { target: null, fallsThrough: false };
  // The long form of goto has its distance in the immediate.
  const long = code === CODE.JA && group === CLASS.JMP32;
  const distance = long ? view.getInt32(slot * SLOT + 4, true) : view.getInt16(slot * SLOT + 2, true);
  return { target: slot + 1 + distance, fallsThrough: code !== CODE.JA };
}

function calledSlot(view: DataView, slot: number): number | null {
  const isCall = view.getUint8(slot * SLOT) === (CLASS.JMP | CODE.CALL);
  const isSubprogram = view.getUint8(slot * SLOT + 1) >> 4 === SUBPROGRAM_CALL;
  return isCall && isSubprogram ? slot + 1 + view.getInt32(slot * SLOT + 4, true) : null;
}
