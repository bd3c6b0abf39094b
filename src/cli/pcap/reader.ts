/** Reads capture files of the classic pcap format: both byte orders, micro- and nanoseconds. */

/** One packet of a capture. */
export interface CapturedPacket {
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  /** The bytes that were captured; they share memory with the file. */
  readonly data: Uint8Array;
  /** Bytes that the packet had on the wire; more than `data` holds when it was cut off. */
  readonly wireLength: number;
}

export interface Capture {
  /** Link type: 1 is Ethernet. */
  readonly linkType: number;
  readonly snapLength: number;
  readonly packets: readonly CapturedPacket[];
}

/** A file that is no capture, or is damaged. */
export class PcapError extends Error {
  override readonly name = 'PcapError';
  readonly code = 'ERR_INNERMAP_PCAP';
  /** Byte of the file where the problem begins. */
  readonly offset: number;

  constructor(offset: number, problem: string) {
    super(`capture file, byte ${offset}: ${problem}`);
    this.offset = offset;
  }
}

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
/** No packet of any link is longer; a larger length is damage. */
const MAX_PACKET = 262_144;
const PCAPNG = 0x0a0d0d0a;

interface Format {
  readonly littleEndian: boolean;
  /** Nanoseconds of one unit of the fraction field. */
  readonly unit: bigint;
}

const FORMATS: ReadonlyMap<number, Format> = new Map([
  [0xa1b2c3d4, { littleEndian: false, unit: 1000n }],
  [0xa1b23c4d, { littleEndian: false, unit: 1n }],
  [0xd4c3b2a1, { littleEndian: true, unit: 1000n }],
  [0x4d3cb2a1, { littleEndian: true, unit: 1n }],
]);

/** Read a whole capture. Throws PcapError, which says where the file goes wrong. */
export function readPcap(bytes: Uint8Array): Capture {
  if (bytes.length < FILE_HEADER) {
    throw new PcapError(0, `a capture begins with a header of ${FILE_HEADER} bytes, the file has ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { littleEndian, unit } = formatOf(view.getUint32(0));
  const major = view.getUint16(4, littleEndian);
  if (major !== 2) throw new PcapError(4, `version ${major}.${view.getUint16(6, littleEndian)}, expected 2.4`);
  const packets: CapturedPacket[] = [];
  for (let offset = FILE_HEADER; offset < bytes.length; ) {
    const packet = readRecord(view, bytes, offset, littleEndian, unit);
    packets.push(packet);
    offset += RECORD_HEADER + packet.data.length;
  }
  const linkType = view.getUint32(20, littleEndian) & 0xffff;
  return { linkType, snapLength: view.getUint32(16, littleEndian), packets };
}

function formatOf(magic: number): Format {
  const format = FORMATS.get(magic);
  if (format) return format;
  const hint = magic === PCAPNG ? ': this is a pcapng file, convert it with editcap -F pcap' : '';
  throw new PcapError(0, `the magic number is 0x${magic.toString(16).padStart(8, '0')}, expected that of pcap${hint}`);
}

function readRecord(
  view: DataView,
  bytes: Uint8Array,
  offset: number,
  littleEndian: boolean,
  unit: bigint,
): CapturedPacket {
  const left = bytes.length - offset;
  if (left < RECORD_HEADER) {
    throw new PcapError(offset, `a packet record begins with ${RECORD_HEADER} bytes, the file has ${left} more`);
  }
  const seconds = view.getUint32(offset, littleEndian);
  const fraction = view.getUint32(offset + 4, littleEndian);
  const length = view.getUint32(offset + 8, littleEndian);
  const wireLength = view.getUint32(offset + 12, littleEndian);
  if (length > MAX_PACKET) {
    throw new PcapError(offset + 8, `a packet of ${length} bytes, expected at most ${MAX_PACKET}`);
  }
  const start = offset + RECORD_HEADER;
  if (length > bytes.length - start) {
    throw new PcapError(
      offset + 8,
      `a packet of ${length} bytes, the file has ${bytes.length - start} more: it was cut off`,
    );
  }
  if (wireLength < length) {
    throw new PcapError(offset + 12, `${length} bytes captured of a packet of ${wireLength}`);
  }
  return {
    time: BigInt(seconds) * 1_000_000_000n + BigInt(fraction) * unit,
    data: bytes.subarray(start, start + length),
    wireLength,
  };
}
