/** What kernels do not catch and people want to know: a value pointer used after the program deleted its key. */
import { MapType } from '../../uapi.js';
import type { Env } from './env.js';
import type { Meta } from './calls/meta.js';
import * as Id from './helper-ids.js';
import { Kind, kindOf } from './register-kinds.js';
import type { Register } from './register.js';

/** Deleting from these gives the element's memory to the next insertion. */
const REUSING: readonly number[] = [
  MapType.HASH,
  MapType.LRU_HASH,
  MapType.PERCPU_HASH,
  MapType.LRU_PERCPU_HASH,
  MapType.LPM_TRIE,
];

/** Where the key argument (r2) lies on the stack, or 0. */
export function keyPlace(env: Env): number {
  const r = env.peek(2);
  return r.type === Kind.STACK && r.isConstant ? r.frame * 1024 - r.off - r.valueLo : 0;
}

/** After a call: the value that a look-up gave knows its key, a deletion marks the values of that key. */
export function noteDeletion(env: Env, meta: Meta, place: number): void {
  const { map, prototype } = meta;
  if (map === null || place === 0 || !REUSING.includes(map.type)) return;
  if (prototype.id === Id.MAP_LOOKUP) env.register(0).keyPlace = place;
  if (prototype.id !== Id.MAP_DELETE) return;
  env.state.changeRegisters(
    (r) => kindOf(r.type) === Kind.MAP_VALUE && r.map === map && r.mapUid === meta.mapUid && r.keyPlace === place,
    (r) => {
      r.deletedAt = env.slot;
    },
  );
}

export function warnIfDeleted(env: Env, number: number, r: Register): void {
  if (r.deletedAt < 0 || env.warnings.some((warning) => warning.slot === env.slot)) return;
  const message = `R${number} points to a value whose key instruction ${r.deletedAt} deleted: another element may be there`;
  env.warnings.push({ slot: env.slot, message });
}
