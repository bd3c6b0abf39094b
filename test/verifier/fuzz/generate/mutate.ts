/** One field of one instruction changed, whatever it means. */
import type { Random } from '../random.js';
import { INTERESTING } from './fields.js';

export function mutate(insns: Uint8Array, r: Random): void {
  const at = r.below(insns.length / 8) * 8;
  const view = new DataView(insns.buffer);
  switch (r.below(6)) {
    case 0:
      view.setInt16(at + 2, view.getInt16(at + 2, true) + r.pick([-8, -4, -1, 1, 2, 4, 8]), true);
      return;
    case 1:
      view.setInt32(at + 4, view.getInt32(at + 4, true) + r.pick([-8, -1, 1, 8]), true);
      return;
    case 2:
      view.setUint8(at, view.getUint8(at) ^ (1 << r.below(8)));
      return;
    case 3:
      view.setUint8(at + 1, (view.getUint8(at + 1) & 0xf0) | r.below(11));
      return;
    case 4:
      view.setUint8(at + 1, (view.getUint8(at + 1) & 0x0f) | (r.below(11) << 4));
      return;
    default:
      view.setInt32(at + 4, r.pick(INTERESTING), true);
  }
}
