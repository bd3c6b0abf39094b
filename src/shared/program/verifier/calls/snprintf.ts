/** bpf_snprintf: its format is constant, so that its conversions can be counted before it runs. */
import { formatPrintk } from '../../../execution/printk.js';
import type { Env } from '../env.js';
import { constantOffset } from '../memory/stack-access.js';

const FORMAT = 3;
const LENGTH = 5;
const WORD = 8;
/** Conversions read no values here, and pointers none of the memory. */
const NO_MEMORY = new Uint8Array(0);

export function checkFormat(env: Env): void {
  const bytes = env.peek(LENGTH).valueLo;
  if (bytes % WORD !== 0) env.refuse('EINVAL', '');
  const r = env.peek(FORMAT);
  const contents = r.map?.contents;
  if (contents === undefined) return;
  const format = formatAt(contents, r.off + constantOffset(r));
  const values = new Array<bigint>(bytes / WORD).fill(0n);
  if (format === null || 'errno' in formatPrintk(NO_MEMORY, format, values)) {
    env.refuse('EINVAL', 'Invalid format string');
  }
}

/** Null for one with control characters; bytes that are no ASCII may stand in it. */
function formatAt(contents: Uint8Array, start: number): string | null {
  const bytes = contents.subarray(start, contents.indexOf(0, start));
  const isControl = (byte: number): boolean => byte === 0x7f || (byte < 0x20 && (byte < 0x09 || byte > 0x0d));
  return bytes.some(isControl) ? null : String.fromCharCode(...bytes);
}
