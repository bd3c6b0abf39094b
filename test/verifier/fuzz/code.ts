/** Instructions with labels, as the generators write them. */
export class Code {
  #insns: { bytes: Uint8Array; label: string | null; kind: 'off' | 'imm' | null }[] = [];
  #labels = new Map<string, number>();
  #next = 0;

  get length(): number {
    return this.#insns.length;
  }

  emit(opcode: number, dst = 0, src = 0, off = 0, imm = 0): void {
    this.#push(opcode, dst, src, off, imm, null, null);
  }

  jump(opcode: number, dst: number, src: number, imm: number, label: string): void {
    this.#push(opcode, dst, src, 0, imm, label, 'off');
  }

  call(label: string): void {
    this.#push(0x85, 0, 1, 0, 0, label, 'imm');
  }

  load64(dst: number, src: number, low: number, high = 0): void {
    this.emit(0x18, dst, src, 0, low);
    this.emit(0, 0, 0, 0, high);
  }

  fresh(): string {
    return `l${this.#next++}`;
  }

  label(name: string): void {
    this.#labels.set(name, this.#insns.length);
  }

  bytes(): Uint8Array {
    const out = new Uint8Array(this.#insns.length * 8);
    this.#insns.forEach(({ bytes, label, kind }, index) => {
      if (label !== null) {
        const target = this.#labels.get(label);
        if (target === undefined) throw new Error(`no label ${label}`);
        const view = new DataView(bytes.buffer);
        if (kind === 'off') view.setInt16(2, target - index - 1, true);
        else view.setInt32(4, target - index - 1, true);
      }
      out.set(bytes, index * 8);
    });
    return out;
  }

  #push(
    opcode: number,
    dst: number,
    src: number,
    off: number,
    imm: number,
    label: string | null,
    kind: 'off' | 'imm' | null,
  ): void {
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    bytes[0] = opcode;
    bytes[1] = (src << 4) | dst;
    view.setInt16(2, off, true);
    view.setInt32(4, imm, true);
    this.#insns.push({ bytes, label, kind });
  }
}
