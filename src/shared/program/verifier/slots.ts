/** The program by slots of 8 bytes, as the kernel counts; fields in arrays for the simulation's speed. */
export class Slots {
  readonly count: number;
  readonly opcode: Uint8Array;
  readonly dst: Uint8Array;
  readonly src: Uint8Array;
  readonly offset: Int16Array;
  readonly imm: Int32Array;

  constructor(bytes: Uint8Array) {
    const count = bytes.length >>> 3;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.count = count;
    this.opcode = new Uint8Array(count);
    this.dst = new Uint8Array(count);
    this.src = new Uint8Array(count);
    this.offset = new Int16Array(count);
    this.imm = new Int32Array(count);
    for (let slot = 0; slot < count; slot++) {
      const registers = view.getUint8(slot * 8 + 1);
      this.opcode[slot] = view.getUint8(slot * 8);
      this.dst[slot] = registers & 15;
      this.src[slot] = registers >>> 4;
      this.offset[slot] = view.getInt16(slot * 8 + 2, true);
      this.imm[slot] = view.getInt32(slot * 8 + 4, true);
    }
  }

  op(slot: number): number {
    return this.opcode[slot] as number;
  }

  to(slot: number): number {
    return this.dst[slot] as number;
  }

  from(slot: number): number {
    return this.src[slot] as number;
  }

  off(slot: number): number {
    return this.offset[slot] as number;
  }

  value(slot: number): number {
    return this.imm[slot] as number;
  }

  isLoadImmediate(slot: number): boolean {
    return this.opcode[slot] === 0x18;
  }

  isCall(slot: number, kind: number): boolean {
    return this.opcode[slot] === 0x85 && this.src[slot] === kind;
  }

  isFunctionAddress(slot: number): boolean {
    return this.opcode[slot] === 0x18 && this.src[slot] === 4;
  }

  /** Class JMP or JMP32 with a target of its own. */
  isJump(slot: number): boolean {
    const kind = this.op(slot) & 7;
    if (kind !== 5 && kind !== 6) return false;
    const code = this.op(slot) & 0xf0;
    return code !== 0x80 && code !== 0x90;
  }

  isGoto(slot: number): boolean {
    return this.opcode[slot] === 0x05 || this.opcode[slot] === 0x06;
  }

  jumpTarget(slot: number): number {
    return slot + 1 + (this.opcode[slot] === 0x06 ? this.value(slot) : this.off(slot));
  }
}
