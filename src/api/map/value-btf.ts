/**
 * BTF for values with a spin lock: MAP_CREATE knows where the lock lies from the type of the value alone. What is
 * described is the lock, and the sizes of key and value; their other fields are of no consequence to the map.
 *
 * The format is that of the kernel's documentation (Documentation/bpf/btf.rst): a header of 24 bytes, the types,
 * the names.
 */
import type { MapHost } from './host.js';
import type { CheckedSpec } from './spec-check.js';

const MAGIC = 0xeb9f;
const VERSION = 1;
const HEADER_BYTES = 24;

const KIND_INT = 1;
const KIND_ARRAY = 3;
const KIND_STRUCT = 4;

/** Ids of the types below, in their order; 0 is void. */
const ID = { u32: 1, u8: 2, lock: 3, key: 4, value: 5 } as const;

/** Load the BTF of a map's key and value. The caller closes the descriptor once the map is there. */
export function loadValueBtf(host: MapHost, spec: CheckedSpec): { fd: number; attributes: Record<string, number> } {
  const { key, value, type } = spec;
  const bytes = valueBtf(key?.size ?? 0, value?.size ?? 0, value?.spinLock ?? 0);
  const fd = host.syscalls.bpf('BTF_LOAD', { btf: bytes, btf_size: bytes.length });
  const keyType = type === 'array' ? ID.u32 : ID.key;
  return { fd, attributes: { btf_fd: fd, btf_key_type_id: keyType, btf_value_type_id: ID.value } };
}

/** BTF with a byte array for the key and a struct for the value that has a `bpf_spin_lock` at `lockOffset`. */
function valueBtf(keySize: number, valueSize: number, lockOffset: number): Uint8Array {
  const names = new Names();
  const types: number[] = [];
  const int = (name: string, bytes: number) => types.push(names.add(name), KIND_INT << 24, bytes, bytes * 8);
  int('unsigned int', 4);
  int('unsigned char', 1);
  types.push(names.add('bpf_spin_lock'), (KIND_STRUCT << 24) | 1, 4, names.add('val'), ID.u32, 0);
  types.push(0, KIND_ARRAY << 24, 0, ID.u8, ID.u32, keySize);
  types.push(names.add('value'), (KIND_STRUCT << 24) | 1, valueSize, names.add('lock'), ID.lock, lockOffset * 8);
  return assemble(types, names.bytes());
}

class Names {
  #text = '\0';

  /** Offset of the name in the string section. */
  add(name: string): number {
    const offset = this.#text.length;
    this.#text += `${name}\0`;
    return offset;
  }

  bytes(): Uint8Array {
    return new TextEncoder().encode(this.#text);
  }
}

function assemble(types: readonly number[], names: Uint8Array): Uint8Array {
  const typeBytes = types.length * 4;
  const bytes = new Uint8Array(HEADER_BYTES + typeBytes + names.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, MAGIC, true);
  view.setUint8(2, VERSION);
  const header = [HEADER_BYTES, 0, typeBytes, typeBytes, names.length];
  header.forEach((word, index) => void view.setUint32(4 + 4 * index, word, true));
  types.forEach((word, index) => void view.setUint32(HEADER_BYTES + 4 * index, word, true));
  bytes.set(names, HEADER_BYTES + typeBytes);
  return bytes;
}
