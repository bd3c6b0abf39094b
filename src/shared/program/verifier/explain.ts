/** A refusal for people: why, where, how the path got there, and what usually helps. */
import { ProgramType } from '../../uapi.js';
import { Call } from '../insn/opcodes.js';
import { mayCall } from '../prototypes/availability.js';
import { prototypeOf } from '../helpers.js';
import type { Env } from './env.js';
import { formatSlot } from './log/instruction.js';
import { ENTRY, PREVIOUS } from './precision/history.js';
import type { State } from './state.js';
import type { Explanation, LineInfo } from './types.js';

/** A loop may have taken very many. */
const MOST_BRANCHES = 100;
const MOST_TYPES = 6;

const SUGGESTIONS: readonly (readonly [RegExp, string])[] = [
  [/map_value_or_null|mem_or_null/, 'compare the pointer with 0 and leave where it is NULL, before using it'],
  [/outside of the packet/, 'compare the last byte to be accessed with data_end on this path, before the access'],
  [/min value is negative|unbounded min value/, 'make the index unsigned, or check that it is not below 0'],
  [/max value is outside|unbounded memory access/, 'bound the index with a mask or an unsigned comparison'],
  [/outside of the allowed memory range/, 'keep offset and size within the value'],
  [/!read_ok/, 'set the register on every path to here; calls clear r1 to r5'],
  [/Unreleased reference/, 'submit or discard the record on every path'],
  [/reference leak/, 'submit or discard every record on every path'],
  [/infinite loop/, 'change something that the condition depends on in every round'],
  [/too large\. Processed/i, 'make loops shorter, or move their bodies to a bpf_loop callback'],
  [/write into map forbidden/, 'the map is read-only for programs: create it without RDONLY_PROG'],
  [/read from map forbidden/, 'the map is write-only for programs: create it without WRONLY_PROG'],
  [/cannot pass map_type/, 'use a helper that fits the map type'],
  [/combined stack size/, 'use less stack in the functions of this call chain'],
  [
    /jumps is too complex/,
    'too many branches are undecided at once: make loops shorter, or move their bodies to a bpf_loop callback',
  ],
  [/jump out of range|unreachable insn/, 'every instruction must be reached from the first one'],
];

function suggestionFor(env: Env, message: string): string | undefined {
  const fixed = SUGGESTIONS.find(([pattern]) => pattern.test(message))?.[1];
  return fixed ?? sizeOfArgument(env, message) ?? otherTypes(message);
}

/** Of memory that a helper takes the size of from a map: R2 is the key's, R3 the value's, as a rule. */
function sizeOfArgument(env: Env, message: string): string | undefined {
  const { slot, slots } = env;
  const register = Number(/R([1-5]) /.exec(message)?.[1] ?? 0);
  if (register === 0 || slot >= slots.count || !slots.isCall(slot, Call.HELPER)) return undefined;
  const kind = prototypeOf(slots.value(slot))?.args[register - 1];
  const { map } = env.peek(1);
  if (map === null || (kind !== 'key' && kind !== 'value')) return undefined;
  const bytes = kind === 'key' ? map.keySize : map.valueSize;
  return `the ${kind} of map ${map.name || 'without a name'} has ${bytes} bytes: R${register} must point to as many that are set`;
}

/** Names of the program types that may call a helper which this one may not. */
function otherTypes(message: string): string | undefined {
  const id = Number(/cannot use helper \w+#(\d+)$/.exec(message)?.[1] ?? 0);
  if (id === 0) return undefined;
  const may = Object.entries(ProgramType).filter(([, type]) => mayCall(type, id, true, true));
  if (may.length === 0) return undefined;
  const names = may.slice(0, MOST_TYPES).map(([name]) => name.toLowerCase());
  return `it is for programs of type ${names.join(', ')}${may.length > MOST_TYPES ? ' and others' : ''}`;
}

function lineOf(env: Env, slot: number): LineInfo | undefined {
  for (let at = slot; at >= 0; at--) {
    const line = env.lineAt.get(at);
    if (line) return line;
  }
  return undefined;
}

/** The newest conditional jumps of the current path, by its history and its checkpoints'. */
function branchesOf(env: Env): Explanation['branches'] {
  const branches: { slot: number; taken: boolean; instruction: string }[] = [];
  for (let state: State | null = env.state ?? null; state !== null; state = state.parent) {
    const { history } = state;
    for (let at = history.length - ENTRY; at >= 0; at -= ENTRY) {
      if (branches.length >= MOST_BRANCHES) return branches.reverse();
      const slot = history[at] as number;
      const previous = history[at + PREVIOUS] as number;
      if (previous < 0 || !env.slots.isJump(previous) || env.slots.isGoto(previous)) continue;
      branches.push({ slot: previous, taken: slot !== previous + 1, instruction: formatSlot(env.slots, previous) });
    }
  }
  return branches.reverse();
}

export function explain(env: Env, message: string): Explanation {
  const { slot } = env;
  const source = lineOf(env, slot);
  const suggestion = suggestionFor(env, message);
  return {
    reason: message,
    slot,
    instruction: slot < env.slots.count ? formatSlot(env.slots, slot) : '',
    ...(source ? { source } : {}),
    branches: branchesOf(env),
    ...(suggestion ? { suggestion } : {}),
  };
}
