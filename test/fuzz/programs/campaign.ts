/** Runs the programs of many seeds and counts what happened. */
import type { KernelPeer } from '#dist/cli/kernel/index.js';
import { disassemble } from '#dist/shared/program/disasm/index.js';
import { MapType } from '#dist/shared/uapi.js';
import { kernelOutcome, type Outcome, OwnSide, Refused } from './engines.js';
import { type FuzzProgram, generate } from './generate.js';

export interface Campaign {
  readonly programs: number;
  /** By the kernel; 0 when it cannot be asked. */
  readonly accepted: number;
  readonly withMaps: number;
  /** Mean of all programs. */
  readonly meanExecuted: number;
  /** Opcode with its form (offset of signed divisions and moves, operation of atomics, width of swaps). */
  readonly forms: ReadonlySet<string>;
  readonly differences: readonly string[];
  /** Last line of the verifier by how often it was the reason. */
  readonly refusals: ReadonlyMap<string, number>;
}

export const MAP_TYPES: readonly number[] = [MapType.ARRAY, MapType.PERCPU_ARRAY, MapType.HASH, MapType.PERCPU_HASH];

export function runCampaign(firstSeed: number, programs: number, kernel: KernelPeer | undefined): Campaign {
  const own = new OwnSide();
  const mapTypes = own.available(MAP_TYPES);
  const counts = { accepted: 0, withMaps: 0, executed: 0 };
  const forms = new Set<string>();
  const differences: string[] = [];
  const refusals = new Map<string, number>();
  for (let index = 0; index < programs; index++) {
    const program = generate(firstSeed + index, { mapTypes });
    if (program.maps.length > 0) counts.withMaps++;
    for (const insn of program.insns) forms.add(formOf(insn));
    let reference: Outcome | undefined;
    try {
      reference = kernel === undefined ? undefined : kernelOutcome(kernel, program);
      if (reference !== undefined) counts.accepted++;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const reason = error.message.split(' / ').at(-2) ?? error.message;
      refusals.set(reason, (refusals.get(reason) ?? 0) + 1);
      continue;
    }
    counts.executed += compare(own, program, reference, differences);
  }
  const ran = kernel === undefined ? programs : Math.max(1, counts.accepted);
  return {
    programs,
    accepted: counts.accepted,
    withMaps: counts.withMaps,
    meanExecuted: counts.executed / ran,
    forms,
    differences,
    refusals,
  };
}

/** Returns the instructions that the interpreter executed. */
function compare(own: OwnSide, program: FuzzProgram, reference: Outcome | undefined, differences: string[]): number {
  const { executed, ...interpreted } = own.interpreted(program);
  const compiled = own.compiled(program);
  const expected = reference ?? interpreted;
  const name = reference === undefined ? 'interpreter' : 'kernel';
  for (const [engine, outcome] of [
    ['interpreter', interpreted],
    ['compiler', compiled],
  ] as const) {
    if (JSON.stringify(outcome) === JSON.stringify(expected)) continue;
    differences.push(
      `seed ${program.seed}: ${engine} ${show(outcome)}\n  ${name} ${show(expected)}\n${disassemble(program.insns)}`,
    );
  }
  return executed;
}

function show({ r0, packet, maps }: Outcome): string {
  return `r0 0x${r0.toString(16)}, packet ${packet.slice(0, 400)}, maps ${JSON.stringify(maps)}`;
}

/** What tells the forms of one opcode apart. */
function formOf({ opcode, offset, imm, src }: FuzzProgram['insns'][number]): string {
  const kind = opcode & 0x07;
  const code = opcode & 0xf0;
  if (kind === 4 || kind === 7) {
    if (code === 0xd0) return `${opcode}/${imm}`;
    return `${opcode}/${offset}`;
  }
  if (kind === 3 && (opcode & 0xe0) === 0xc0) return `${opcode}/${imm}`;
  return opcode === 0x18 || opcode === 0x85 ? `${opcode}/${src}` : `${opcode}`;
}
