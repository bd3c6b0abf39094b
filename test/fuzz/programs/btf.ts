/** The least BTF that tells the kernel of a program's functions: one number type, one prototype, a static function each. */

const INT = 1;
const FUNC = 12;
const FUNC_PROTO = 13;
const HEADER_BYTES = 24;
const MAGIC = 0xeb9f;

/** BTF, and function records (slot, type) for PROG_LOAD. */
export function functionTypes(starts: readonly number[]): { readonly btf: Uint8Array; readonly info: Uint8Array } {
  const names = ['', 'long', ...starts.map((_, index) => `f${index}`)];
  const offsets: number[] = [];
  let text = '';
  for (const name of names) {
    offsets.push(text.length);
    text += `${name}\0`;
  }
  const type = (name: number, kind: number, sizeOrType: number, ...more: number[]) => [
    name,
    kind << 24,
    sizeOrType,
    ...more,
  ];
  const words = [
    ...type(offsets[1] as number, INT, 8, (1 << 24) | 64),
    ...type(0, FUNC_PROTO, 1),
    ...starts.flatMap((_, index) => type(offsets[index + 2] as number, FUNC, 2)),
  ];
  const strings = new TextEncoder().encode(text);
  const btf = new Uint8Array(HEADER_BYTES + words.length * 4 + strings.length);
  const view = new DataView(btf.buffer);
  view.setUint16(0, MAGIC, true);
  view.setUint8(2, 1);
  [HEADER_BYTES, 0, words.length * 4, words.length * 4, strings.length].forEach((word, index) => {
    view.setUint32(4 + 4 * index, word, true);
  });
  words.forEach((word, index) => {
    view.setUint32(HEADER_BYTES + 4 * index, word, true);
  });
  btf.set(strings, HEADER_BYTES + words.length * 4);
  const info = new Uint8Array(starts.length * 8);
  const records = new DataView(info.buffer);
  starts.forEach((slot, index) => {
    records.setUint32(index * 8, slot, true);
    records.setUint32(index * 8 + 4, 3 + index, true);
  });
  return { btf, info };
}
