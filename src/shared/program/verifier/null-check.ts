/** Pointers that may be NULL, and what a comparison with 0 makes of them and their copies. */
import { isOuterType, MapType } from '../../uapi.js';
import { Flag, Kind, kindOf, mayBeNull } from './register-kinds.js';
import type { Register } from './register.js';
import type { State } from './state.js';

/** The pointer is not NULL: what it is then. A value of an outer map is a map. */
export function markNotNull(r: Register): void {
  const { map } = r;
  if (kindOf(r.type) !== Kind.MAP_VALUE || map === null) {
    r.type &= ~Flag.MAYBE_NULL;
    return;
  }
  if (isOuterType(map.type) && map.inner) {
    r.type = Kind.MAP_PTR;
    r.map = map.inner;
    const { inner } = map;
    // The look-up's identity tells inner maps apart where a timer or work queue belongs to one of them.
    if (inner.timer >= 0 || inner.workqueue >= 0) r.mapUid = r.id;
  } else if (map.type === MapType.XSKMAP) {
    r.type = Kind.XDP_SOCK;
  } else if (map.type === MapType.SOCKMAP || map.type === MapType.SOCKHASH) {
    r.type = Kind.SOCKET;
  } else {
    r.type = Kind.MAP_VALUE;
  }
}

/** Value of a map with a spin lock: its identity tells locks apart. */
function mayHoldLock(r: Register): boolean {
  return r.type === Kind.MAP_VALUE && (r.map?.spinLock ?? -1) >= 0;
}

/** All copies of a pointer become a pointer, or 0. */
export function markNullOrNot(state: State, register: number, isNull: boolean): void {
  const { id, refObjId } = state.current.register(register);
  if (refObjId !== 0 && refObjId === id && isNull) {
    state.references = state.references.filter((reference) => reference.id !== id);
  }
  if (id === 0) return;
  const isCopy = (r: Register): boolean => mayBeNull(r.type) && r.id === id;
  state.changeRegisters(isCopy, (r) => {
    if (isNull) {
      r.type = Kind.SCALAR;
      r.id = 0;
      r.refObjId = 0;
      r.map = null;
      r.mapUid = 0;
      return;
    }
    markNotNull(r);
    if (!mayHoldLock(r)) r.id = 0;
  });
}
