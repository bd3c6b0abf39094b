import type { Env } from '../env.js';
import { isAnyPacketKind } from '../register-kinds.js';

/** The packet may have moved: pointers to it are numbers from now on. */
export function clearPacketPointers(env: Env): void {
  env.state.changeRegisters(
    (r) => isAnyPacketKind(r.type),
    (r) => r.setUnknown(),
  );
}
