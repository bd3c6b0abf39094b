/** What calling a function may bring about, that of its callees and callbacks included: by its text, whatever is reached. */
import { prototypeOf } from '../../helpers.js';
import { Call } from '../../insn/opcodes.js';
import type { Env, Subprogram } from '../env.js';

export function findEffects(env: Env): void {
  const { slots, subprograms } = env;
  const callers = subprograms.map((): Subprogram[] => []);
  for (const subprogram of subprograms) {
    for (let slot = subprogram.start; slot < subprogram.end; slot++) {
      if (slots.isCall(slot, Call.HELPER)) {
        const prototype = prototypeOf(slots.value(slot));
        subprogram.changesPacket ||= prototype?.changesPacket ?? false;
        subprogram.mightSleep ||= prototype?.mightSleep ?? false;
      } else if (slots.isCall(slot, Call.SUBPROGRAM) || slots.isFunctionAddress(slot)) {
        callers[env.subprogramAt(slot + slots.value(slot) + 1)]?.push(subprogram);
      }
    }
  }
  spread(subprograms, callers, 'changesPacket');
  spread(subprograms, callers, 'mightSleep');
}

function spread(
  subprograms: readonly Subprogram[],
  callers: readonly (readonly Subprogram[])[],
  effect: 'changesPacket' | 'mightSleep',
): void {
  const open = subprograms.flatMap((subprogram, index) => (subprogram[effect] ? [index] : []));
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    for (const caller of callers[index] ?? []) {
      if (caller[effect]) continue;
      caller[effect] = true;
      open.push(subprograms.indexOf(caller));
    }
  }
}
