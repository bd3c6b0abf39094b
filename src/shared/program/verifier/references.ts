/** References that a program holds, and the end of the values that belong to them. */
import type { Env } from './env.js';
import { isPointer } from './values.js';

export function acquireReference(env: Env): number {
  const id = env.newId();
  env.state.references = [...env.state.references, { id, slot: env.slot, kind: 'pointer' }];
  return id;
}

/** False: there is no such reference. Values that belong to it become unknown numbers. */
export function releaseReference(env: Env, id: number): boolean {
  const { references } = env.state;
  if (!references.some((reference) => reference.id === id)) return false;
  env.state.references = references.filter((reference) => reference.id !== id);
  env.state.changeRegisters(
    (r) => isPointer(r) && r.refObjId === id,
    (r) => {
      if (env.allowPointerLeaks) r.setUnknown();
      else r.setNotInit();
    },
  );
  return true;
}

/** Nothing may be held where `what` is done; locks only matter when `locks` is set. */
export function checkNothingHeld(env: Env, locks: boolean, what: string): void {
  const { state } = env;
  if (locks && state.activeLocks > 0) env.refuse('EINVAL', `${what} cannot be used inside bpf_spin_lock-ed region`);
  if (state.depth > 0) return;
  const open = state.references.filter((reference) => reference.kind === 'pointer');
  if (open.length === 0) return;
  for (const { id, slot } of open) env.log.line(`Unreleased reference id=${id} alloc_insn=${slot}`);
  env.refuse('EINVAL', `${what} would lead to reference leak`);
}
