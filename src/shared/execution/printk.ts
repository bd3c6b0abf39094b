/**
 * The text of bpf_trace_printk, bpf_trace_vprintk and bpf_snprintf. The rules are the kernel's: the format is NUL-terminated ASCII with
 * at most as many conversions as there are values, each d, i, u, x or X (with l or ll for 64 bits), c, s, or p with a known suffix.
 * Anything else is EINVAL. A pointer is an arena address and is printed as it is (the kernel hashes %p).
 */

const EINVAL = 22;
const MAX_TEXT = 1023;

/** Flags, width, then the conversion. Pointers: plain, kernel/user string, or an IP address. */
const CONVERSION = /^([-+ 0]*)([1-9][0-9]*)?(?:(l{0,2})([diuxX])|(c)|(s)|p(ks|us|[xKsSB]|[iI][46])?)/;

export type PrintkResult = { text: string; length: number } | { errno: number };

/** Format `format` (without its NUL) with 64-bit arguments: three of bpf_trace_printk, up to twelve of the others. */
export function formatPrintk(memory: Uint8Array, format: string, values: readonly bigint[]): PrintkResult {
  let text = '';
  let used = 0;
  for (let at = 0; at < format.length; ) {
    const percent = format.indexOf('%', at);
    if (percent < 0) {
      text += format.slice(at);
      break;
    }
    text += format.slice(at, percent);
    at = percent + 1;
    if (format[at] === '%') {
      text += '%';
      at++;
      continue;
    }
    const match = CONVERSION.exec(format.slice(at));
    const value = values[used];
    if (match === null || value === undefined) return { errno: EINVAL };
    used++;
    text += convert(memory, match, value);
    at += match[0].length;
  }
  return { text: text.slice(0, MAX_TEXT), length: text.length };
}

/** Read the format of a program: `size` bytes that must hold a NUL. Null if they do not, or hold other than ASCII text. */
export function readFormat(memory: Uint8Array, address: number, size: number): string | null {
  const bytes = memory.slice(address, address + size);
  const end = bytes.indexOf(0);
  if (end < 0) return null;
  let text = '';
  for (const byte of bytes.subarray(0, end)) {
    const printable = (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d);
    if (!printable) return null;
    text += String.fromCharCode(byte);
  }
  return text;
}

function convert(memory: Uint8Array, match: RegExpExecArray, value: bigint): string {
  const [, flags = '', width = '0', long, integer, character, string, pointer = ''] = match;
  if (character !== undefined) return pad(String.fromCharCode(Number(value & 0xffn)), flags, width);
  if (string !== undefined || pointer === 'ks' || pointer === 'us') return pad(readString(memory, value), flags, width);
  if (integer !== undefined) return pad(convertInteger(integer, long === '' ? 32 : 64, flags, value), flags, width);
  if (/^[iI][46]$/.test(pointer)) return pad(readAddress(memory, Number(value), pointer), flags, width);
  return pad(BigInt.asUintN(64, value).toString(16).padStart(16, '0'), flags, width);
}

function convertInteger(conversion: string, bits: number, flags: string, value: bigint): string {
  if (conversion === 'd' || conversion === 'i') {
    const signed = BigInt.asIntN(bits, value);
    const sign = signed >= 0n ? (flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '') : '';
    return sign + signed.toString();
  }
  const text = BigInt.asUintN(bits, value).toString(conversion === 'u' ? 10 : 16);
  return conversion === 'X' ? text.toUpperCase() : text;
}

function pad(text: string, flags: string, width: string): string {
  const columns = Number(width);
  if (flags.includes('-')) return text.padEnd(columns);
  if (!flags.includes('0')) return text.padStart(columns);
  const sign = /^[-+ ]/.exec(text)?.[0] ?? '';
  return sign + text.slice(sign.length).padStart(columns - sign.length, '0');
}

function readString(memory: Uint8Array, address: bigint): string {
  const start = Number(BigInt.asUintN(32, address));
  const bytes = memory.slice(start, start + MAX_TEXT);
  const end = bytes.indexOf(0);
  return String.fromCharCode(...bytes.subarray(0, end < 0 ? bytes.length : end));
}

/** i4 and i6 are without leading zeros dropped (001.002.…, no colons), I4 and I6 the usual forms. */
function readAddress(memory: Uint8Array, address: number, form: string): string {
  const bytes = memory.slice(address, address + (form[1] === '4' ? 4 : 16));
  if (form === 'I4') return bytes.join('.');
  if (form === 'i4') return Array.from(bytes, (byte) => String(byte).padStart(3, '0')).join('.');
  const words = Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16).padStart(4, '0'),
  );
  return words.join(form === 'I6' ? ':' : '');
}
