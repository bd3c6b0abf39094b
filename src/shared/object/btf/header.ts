import { ByteReader, plainBytes } from '../bytes.js';
import { BtfError } from '../errors.js';

export const BTF_MAGIC = 0xeb9f;
export const BTF_HEADER_SIZE = 24;
/** The kernel refuses more. */
const MAX_BTF_SIZE = 16 * 1024 * 1024;
export const MAX_TYPES = 0xf_ffff;
const MAX_STRINGS = 0xff_ffff;

export interface BtfHeader {
  readonly reader: ByteReader;
  /** First byte of the types and one past the last. */
  readonly types: number;
  readonly typesEnd: number;
  readonly strings: Uint8Array;
}

interface Section {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

/**
 * The header of a BTF blob of either byte order, with the kernel's rules: types and strings cover everything
 * behind the header, without a gap or an overlap, the strings last.
 */
export function readHeader(given: Uint8Array): BtfHeader {
  const bytes = plainBytes(given);
  if (bytes.length > MAX_BTF_SIZE)
    throw new BtfError('E2BIG', `${bytes.length} bytes, expected at most ${MAX_BTF_SIZE}`);
  const reader = new ByteReader(
    bytes,
    byteOrder(bytes),
    (message, offset) => new BtfError('EINVAL', message, { offset }),
  );
  const headerSize = reader.u32(4);
  if (headerSize > bytes.length) {
    throw new BtfError('EINVAL', `a header of ${headerSize} bytes in a blob of ${bytes.length}`, { offset: 4 });
  }
  for (let at = BTF_HEADER_SIZE; at < headerSize; at++) {
    if (bytes[at] !== 0) throw new BtfError('E2BIG', 'unknown header fields that are not zero', { offset: at });
  }
  if (reader.u8(2) !== 1) throw new BtfError('ENOTSUPP', `version ${reader.u8(2)}, expected 1`, { offset: 2 });
  if (reader.u8(3) !== 0) throw new BtfError('ENOTSUPP', `flags ${reader.u8(3)}, expected 0`, { offset: 3 });
  if (bytes.length === headerSize) throw new BtfError('EINVAL', 'nothing behind the header', { offset: headerSize });
  // A shorter header of an older format reads as zeros from where it ends.
  const field = (at: number): number => (at + 4 <= headerSize ? reader.u32(at) : 0);
  const types = { name: 'types', offset: field(8), size: field(12) };
  const strings = { name: 'strings', offset: field(16), size: field(20) };
  checkSections(headerSize, bytes.length - headerSize, [types, strings]);
  return {
    reader,
    types: headerSize + types.offset,
    typesEnd: headerSize + types.offset + types.size,
    strings: readStrings(bytes, headerSize, types, strings),
  };
}

/** Whether the blob is little-endian. Throws BtfError for what is no BTF. */
function byteOrder(bytes: Uint8Array): boolean {
  if (bytes.length < 8)
    throw new BtfError('EINVAL', `${bytes.length} bytes, expected a header of ${BTF_HEADER_SIZE}`, { offset: 0 });
  const magic = bytes[0]! | (bytes[1]! << 8);
  if (magic === BTF_MAGIC) return true;
  if (magic === 0x9feb) return false;
  throw new BtfError('EINVAL', `magic 0x${magic.toString(16)}, expected 0x${BTF_MAGIC.toString(16)}`, { offset: 0 });
}

function checkSections(headerSize: number, total: number, sections: Section[]): void {
  let end = 0;
  for (const section of [...sections].sort((one, other) => one.offset - other.offset)) {
    if (section.offset !== end) {
      const what = section.offset < end ? 'overlaps what is before it' : 'leaves a gap before it';
      throw new BtfError('EINVAL', `the section of ${section.name} ${what}`, { offset: headerSize + section.offset });
    }
    end += section.size;
    if (end > total) {
      throw new BtfError('EINVAL', `the section of ${section.name} ends ${end - total} bytes past the end`, {
        offset: headerSize + section.offset,
      });
    }
  }
  if (end < total)
    throw new BtfError('EINVAL', `${total - end} bytes that belong to no section`, { offset: headerSize + end });
}

function readStrings(bytes: Uint8Array, headerSize: number, types: Section, strings: Section): Uint8Array {
  const start = headerSize + strings.offset;
  if (strings.offset < types.offset)
    throw new BtfError('EINVAL', 'the strings are not the last section', { offset: start });
  if (types.offset % 4 !== 0)
    throw new BtfError('EINVAL', `types at ${types.offset}, expected a multiple of 4`, { offset: 8 });
  if (types.size === 0) throw new BtfError('EINVAL', 'no types', { offset: 12 });
  const table = bytes.subarray(start, start + strings.size);
  if (strings.size === 0 || strings.size - 1 > MAX_STRINGS || table[0] !== 0 || table[strings.size - 1] !== 0) {
    throw new BtfError('EINVAL', 'strings: expected a table that begins and ends with NUL', { offset: start });
  }
  return table;
}
