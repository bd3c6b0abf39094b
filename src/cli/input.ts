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

/** Of pcap in both byte orders, with micro- and nanoseconds, and of pcapng. */
const CAPTURE_MAGICS: ReadonlySet<number> = new Set([0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1, 0x0a0d0d0a]);
const C_FILE = /\.(c|h|cc|cpp)$/i;
const C_LINE = /^#include\s*[<"]|^\s*SEC\("/m;

/** Throws UsageError for what is easily given in place of a program: a capture, or C source. */
export function checkIsProgram(file: string, bytes: Uint8Array): void {
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  if (CAPTURE_MAGICS.has(((a << 24) | (b << 16) | (c << 8) | d) >>> 0)) {
    throw new UsageError(`${file}: a capture of packets is no program: innermap run PROGRAM --pcap ${file}`);
  }
  if (bytes.includes(0) || !(C_FILE.test(file) || C_LINE.test(new TextDecoder().decode(bytes)))) return;
  const object = C_FILE.test(file) ? file.replace(C_FILE, '.o') : 'program.o';
  throw new UsageError(
    `${file}: C source is compiled first: clang -O2 -g -target bpf -c ${file} -o ${object}, then give ${object}`,
  );
}

/** Instructions of 8 bytes, as they are or as hexadecimal text; undefined for other text. */
export function bytecodeOf(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.includes(0)) return bytes;
  const text = new TextDecoder().decode(bytes).replaceAll(/\s/g, '');
  return /^([0-9a-f]{16})+$/i.test(text) ? new Uint8Array(Buffer.from(text, 'hex')) : undefined;
}
