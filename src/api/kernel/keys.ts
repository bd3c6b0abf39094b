import { BpfError } from '../errors.js';
import type { MapObject } from './objects.js';

/** Bytes shown of a key in messages. */
const SHOWN = 16;

/** The key's bytes. EFAULT for a shorter buffer: the kernel would read past its end. */
export function keyBytes(map: MapObject, key: Uint8Array, syscall: string): Uint8Array {
  if (key.length === map.keySize) return key;
  if (key.length > map.keySize) return key.subarray(0, map.keySize);
  throw new BpfError('EFAULT', syscall, `key: ${key.length} bytes, expected key_size ${map.keySize}`);
}

/** Index of an array element: a little-endian u32. */
export function readIndex(key: Uint8Array): number {
  return ((key[0] ?? 0) | ((key[1] ?? 0) << 8) | ((key[2] ?? 0) << 16) | ((key[3] ?? 0) << 24)) >>> 0;
}

/** A key as messages show it. */
export function keyText(map: MapObject, key: Uint8Array): string {
  const bytes = key.subarray(0, Math.min(map.keySize, SHOWN));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return map.keySize > SHOWN ? `${hex}… (${map.keySize} bytes)` : hex;
}
