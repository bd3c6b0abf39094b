/** The same program in the live kernel and here. */
import { existsSync } from 'node:fs';
import type { KernelPeer } from '#dist/cli/kernel/index.js';
import { Errno } from '#dist/shared/errno.js';
import type { ProgramMap } from '#dist/shared/program/types.js';
import { verify } from '#dist/shared/program/verifier/index.js';
import type { VerifyResult } from '#dist/shared/program/verifier/types.js';
import type { Generated } from './generate/index.js';
import { FUZZ_MAPS, programMap } from './maps.js';

export interface Verdict {
  /** 0: accepted. */
  readonly errno: number;
  readonly message: string;
  readonly log: string;
  readonly processed: number;
}

/** Maps by descriptor; 'other': this process has another kind of file there. */
class Descriptors extends Map<number, ProgramMap | 'other'> {
  override get(fd: number): ProgramMap | 'other' | undefined {
    return super.get(fd) ?? (existsSync(`/proc/self/fd/${fd}`) ? 'other' : undefined);
  }
}

export class Peers {
  readonly fds = new Map<string, number>();
  readonly #mapsByFd = new Descriptors();
  readonly #kernel: KernelPeer;
  readonly #buffer = new Uint8Array(1 << 24);

  constructor(kernel: KernelPeer) {
    this.#kernel = kernel;
    const byKey = new Map<string, ProgramMap>();
    FUZZ_MAPS.forEach((map, index) => {
      const inner = map.inner === undefined ? {} : { innerFd: this.fds.get(map.inner) as number };
      const { type, keySize, valueSize, maxEntries, flags = 0 } = map;
      const fd = kernel.mapCreate({ type, keySize, valueSize, maxEntries, flags, name: map.key, ...inner });
      const here = programMap(map, index + 1, byKey);
      byKey.set(map.key, here);
      this.fds.set(map.key, fd);
      this.#mapsByFd.set(fd, here);
    });
  }

  kernel({ type, insns, flags }: Generated, level = 1): Verdict {
    const buffer = this.#buffer;
    buffer[0] = 0;
    const attributes = {
      prog_type: type,
      insn_cnt: insns.length / 8,
      insns,
      license: new TextEncoder().encode('GPL\0'),
      prog_flags: flags,
      log_level: level,
      log_size: buffer.length,
      log_buf: buffer,
    };
    let result = this.#kernel.attempt('PROG_LOAD', attributes);
    // A log that does not fit hides the program's own errno.
    if (result === -28)
      result = this.#kernel.attempt('PROG_LOAD', { ...attributes, log_level: 0, log_size: 0, log_buf: null });
    const log = new TextDecoder().decode(buffer.subarray(0, Math.max(0, buffer.indexOf(0))));
    if (result < 0) return { errno: -result, message: finalMessage(log), log, processed: processedIn(log) };
    this.#kernel.close(result);
    return { errno: 0, message: '', log, processed: processedIn(log) };
  }

  verify({ type, insns, flags }: Generated, logLevel = 0): VerifyResult {
    return verify({ name: 'fuzz', insns, type, flags, gpl: true, mapsByFd: this.#mapsByFd, logLevel });
  }

  here(program: Generated, logLevel = 0): Verdict {
    const result = this.verify(program, logLevel);
    const { processed } = result.counts;
    if (result.ok) return { errno: 0, message: '', log: result.log, processed };
    return { errno: Errno[result.code], message: result.message, log: result.log, processed };
  }
}

/** The log's last line before the counts; of an endless loop, the line before the two states. */
export function finalMessage(log: string): string {
  const lines = log.trimEnd().split('\n');
  while (lines.length > 0 && /^(processed|verification time|stack depth)/.test(lines.at(-1) ?? '')) lines.pop();
  const loop = /infinite loop detected at insn \d+/.exec(log)?.[0];
  // This one is written behind the instruction's text, on its line.
  const large = lines.at(-1)?.match(/BPF program is too large\. Processed \d+ insn/)?.[0];
  return loop ?? large ?? lines.at(-1) ?? '';
}

function processedIn(log: string): number {
  return Number(/processed (\d+) insns/.exec(log)?.[1] ?? -1);
}
