/**
 * The verifier: a program is accepted only if no path of it can leave its memory, run for ever, or use helpers and
 * maps as they are not meant. Path-sensitive, in the manner of Linux 6.18; pure, and usable from any thread.
 */
import type { ErrnoName } from '../../errno.js';
import { decode } from '../insn/codec.js';
import { Pseudo } from '../insn/opcodes.js';
import type { CallFact, CheckedProgram, MapReference } from '../types.js';
import { Env } from './env.js';
import { explain } from './explain.js';
import { checkGlobals } from './globals.js';
import { Refusal } from './refusal.js';
import { setContext, simulate } from './simulate.js';
import { checkStackDepth } from './stack-depth.js';
import { findEffects } from './structure/effects.js';
import { checkSleepable } from './structure/program.js';
import { checkFlow } from './structure/flow.js';
import { checkFunctionInfo, checkRecords } from './structure/function-info.js';
import { findLiveRegisters } from './structure/live-registers.js';
import { resolveReferences } from './structure/references.js';
import { checkKernelCalls, checkSubprograms, findSubprograms } from './structure/subprograms.js';
import type { VerifyCounts, VerifyInput, VerifyResult } from './types.js';

export type * from './types.js';

const STATISTICS = 4;

/** Never throws for a bad program: the result says what is wrong, in the kernel's words and errno. */
export function verify(input: VerifyInput): VerifyResult {
  if (input.insns.length === 0) return malformed('E2BIG', '');
  if (input.insns.length % 8 !== 0) return malformed('EINVAL', `${input.insns.length} bytes are no whole instructions`);
  const env = new Env(input);
  try {
    checkStructure(env);
    noteMain(env);
    simulate(env, 0, setContext);
    checkGlobals(env);
    checkStackDepth(env);
    if (env.unconvertible) env.refuse('EFAULT', 'verifier bug: error during ctx access conversion (0)');
    checkKernelCalls(env);
  } catch (problem) {
    if (!(problem instanceof Refusal)) throw problem;
    return refused(env, problem);
  }
  logCounts(env);
  const program = checkedProgram(env);
  input.observer?.accepted?.(env);
  return { ok: true, program, log: env.log.toString(), counts: counts(env), warnings: env.warnings };
}

/** What keeps main from being a function that others may call is no error. */
function noteMain(env: Env): void {
  const main = env.subprograms[0]?.info;
  if (main?.linkage === 'global' && main.problem !== undefined) env.log.line(main.problem.message);
}

function checkStructure(env: Env): void {
  checkRecords(env);
  findSubprograms(env);
  checkSubprograms(env);
  checkFunctionInfo(env);
  resolveReferences(env);
  checkFlow(env);
  findEffects(env);
  checkSleepable(env);
  findLiveRegisters(env);
}

const NOTHING: VerifyCounts = { processed: 0, totalStates: 0, peakStates: 0, maxStatesPerInstruction: 0 };

function malformed(code: ErrnoName, message: string): VerifyResult {
  const explanation = { reason: message || 'the program has no instructions', slot: 0, instruction: '', branches: [] };
  return { ok: false, code, message, slot: 0, log: '', counts: NOTHING, explanation };
}

function refused(env: Env, { code, message }: Refusal): VerifyResult {
  logCounts(env);
  const explanation = explain(env, message);
  return { ok: false, code, message, slot: env.slot, log: env.log.toString(), counts: counts(env), explanation };
}

function counts(env: Env): VerifyCounts {
  const { processed, totalStates, peakStates, maxStatesPerInstruction } = env;
  return { processed, totalStates, peakStates, maxStatesPerInstruction };
}

function logCounts(env: Env): void {
  if (!env.log.enabled) return;
  if ((env.log.level & STATISTICS) !== 0) {
    env.log.line('verification time 0 usec');
    env.log.line(`stack depth ${env.subprograms.map((subprogram) => subprogram.stackDepth).join('+')}`);
  }
  const states = `max_states_per_insn ${env.maxStatesPerInstruction} total_states ${env.totalStates}`;
  env.log.line(`processed ${env.processed} insns (limit 1000000) ${states} peak_states ${env.peakStates} mark_read 0`);
}

function checkedProgram(env: Env): CheckedProgram {
  const { slots } = env;
  const references: MapReference[] = [];
  for (const [slot, map] of env.mapAt) {
    const source = slots.from(slot);
    const isValue = source === Pseudo.MAP_VALUE || source === Pseudo.MAP_INDEX_VALUE;
    references.push({ slot, map, kind: isValue ? 'value' : 'map', offset: isValue ? slots.value(slot + 1) : 0 });
  }
  const calls: CallFact[] = [];
  for (const [slot, { map, poisoned }] of env.callSites) if (map && !poisoned) calls.push({ slot, map });
  calls.sort((a, b) => a.slot - b.slot);
  const { name, type, insns } = env.input;
  return {
    name,
    type,
    insns: decode(insns),
    references,
    calls,
    reached: env.reached,
    maxContextOffset: env.maxContextOffset,
  };
}
