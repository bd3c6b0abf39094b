/** Reading what commands are given: files, hexadecimal bytes, JSON. */
import { readFile } from 'node:fs/promises';
import { buffer as readBuffer } from 'node:stream/consumers';
import { UsageError } from './output/errors.js';

/** A file's bytes; `-` is the standard input. Throws UsageError when it cannot be read. */
export async function readBytes(file: string): Promise<Uint8Array> {
  try {
    if (file === '-') return new Uint8Array(await readBuffer(process.stdin));
    return new Uint8Array(await readFile(file));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(`${file}: ${code === 'ENOENT' ? 'there is no such file' : message}`, { cause: error });
  }
}

/** A file's JSON. */
export async function readJson(file: string): Promise<unknown> {
  const text = new TextDecoder().decode(await readBytes(file));
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file}: no JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** Bytes written as hexadecimal digits; spaces, colons and a leading 0x are skipped. */
export function hexBytes(what: string, text: string): Uint8Array {
  const digits = text.replace(/^0x/i, '').replaceAll(/[\s:]/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits))
    throw new UsageError(`${what}: given ${text}, expected pairs of hexadecimal digits`);
  return new Uint8Array(Buffer.from(digits, 'hex'));
}

const BTF_MAGIC = 0xeb9f;

/** Types of a target, for CO-RE: a BTF blob or an object. Throws UsageError for another file. */
export async function readBtfFile(file: string): Promise<Uint8Array> {
  const bytes = await readBytes(file);
  const [first = 0, second = 0] = bytes;
  if (isElf(bytes) || first + (second << 8) === BTF_MAGIC || second + (first << 8) === BTF_MAGIC) return bytes;
  throw new UsageError(`${file}: neither BTF nor an object: expected one such as /sys/kernel/btf/vmlinux`);
}

const ELF_MAGIC = [0x7f, 0x45, 0x4c, 0x46];

export function isElf(bytes: Uint8Array): boolean {
  return ELF_MAGIC.every((byte, index) => bytes[index] === byte);
}

/** Instructions of 8 bytes, as they are or as hexadecimal text; undefined for other text. */
export function bytecodeOf(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.includes(0)) return bytes;
  const text = new TextDecoder().decode(bytes).replaceAll(/\s/g, '');
  return /^([0-9a-f]{16})+$/i.test(text) ? new Uint8Array(Buffer.from(text, 'hex')) : undefined;
}
