/** The two sides that load a case: the live kernel and a runtime, by the same bpf(2) attributes. */
import { BpfError, encodeInstructions, Errno, type Runtime } from 'innermap';
import type { KernelPeer, PeerAttributes, PeerCommand } from '#dist/cli/kernel/index.js';
import { assemble } from '#dist/shared/program/asm/index.js';
import type { CapabilitySet, Case, Verdict } from './case.js';
import { withCapabilities } from './capabilities.js';
import { newDeclarations } from './declare.js';
import { AREA_MAPS, mapTypes } from './maps.js';

/** One bpf(2): a descriptor or 0, or −errno. */
type Bpf = (command: PeerCommand, attributes: PeerAttributes, capabilities?: CapabilitySet) => number;

export interface Loaded extends Verdict {
  readonly log: string;
}

const FUNCTION_RECORD = 8;
const LOG_BYTES = 1 << 22;
const SCHED_CLS = 3;
const CLOSED_FD = 999;
const ENOSPC = 28;

export class Side {
  readonly #bpf: Bpf;
  readonly #close: (fd: number) => void;
  readonly #fds: Record<string, number> = {};
  readonly #log = new Uint8Array(LOG_BYTES);

  constructor(bpf: Bpf, close: (fd: number) => void) {
    this.#bpf = bpf;
    this.#close = close;
    const { btf, key, values } = mapTypes();
    const types = this.#must('BTF_LOAD', { btf, btf_size: btf.length });
    for (const map of AREA_MAPS) {
      const value = map.value === undefined ? undefined : values.get(map.value);
      const typed = value === undefined ? {} : { btf_fd: types, btf_key_type_id: key, btf_value_type_id: value };
      const fd = this.#must('MAP_CREATE', {
        map_type: map.type,
        key_size: map.keySize,
        value_size: map.valueSize,
        max_entries: map.maxEntries,
        map_flags: map.flags ?? 0,
        map_name: map.key,
        ...(map.inner === undefined ? {} : { inner_map_fd: this.#fds[map.inner] as number }),
        ...typed,
      });
      if (map.contents)
        this.#must('MAP_UPDATE_ELEM', { map_fd: fd, key: new Uint8Array(4), value: map.contents, flags: 0 });
      if (map.frozen) this.#must('MAP_FREEZE', { map_fd: fd });
      this.#fds[map.key] = fd;
    }
  }

  load(one: Case, level = 1): Loaded {
    try {
      return this.#load(one, level);
    } catch (cause) {
      throw new Error(`cannot load the case ${one.name}`, { cause });
    }
  }

  #load(one: Case, level: number): Loaded {
    const { insns, labels } = bytesOf(one.code, this.#fds);
    const log = this.#log;
    log[0] = 0;
    const attributes: PeerAttributes = {
      prog_type: one.type ?? SCHED_CLS,
      insn_cnt: insns.length / 8,
      insns,
      license: new TextEncoder().encode(`${one.license ?? 'GPL'}\0`),
      prog_flags: one.flags ?? 0,
      expected_attach_type: one.attachType ?? 0,
      log_level: level,
      log_size: log.length,
      log_buf: log,
    };
    let types = -1;
    if (one.functions !== undefined) {
      const { btf, records } = functionTypes(one.functions, labels);
      types = this.#must('BTF_LOAD', { btf, btf_size: btf.length });
      const count = records.length / FUNCTION_RECORD;
      Object.assign(attributes, { prog_btf_fd: types, func_info: records, func_info_cnt: count });
      attributes['func_info_rec_size'] = FUNCTION_RECORD;
    }
    if (one.fdArray !== undefined) attributes['fd_array'] = this.#fdArray(one.fdArray);
    if (one.silent) Object.assign(attributes, { log_level: 0, log_size: 0, log_buf: null });
    let result = this.#bpf('PROG_LOAD', attributes, one.capabilities);
    // A log that does not fit hides the program's own errno.
    if (result === -ENOSPC) {
      const silent = { ...attributes, log_level: 0, log_size: 0, log_buf: null };
      result = this.#bpf('PROG_LOAD', silent, one.capabilities);
      log[0] = 0;
    }
    const text = new TextDecoder().decode(log.subarray(0, Math.max(0, log.indexOf(0))));
    if (types >= 0) this.#close(types);
    if (result >= 0) this.#close(result);
    return result < 0
      ? { errno: -result, message: finalMessage(text), log: text }
      : { errno: 0, message: '', log: text };
  }

  #fdArray(keys: readonly string[]): Uint8Array {
    const fds = Int32Array.from(keys, (key) => (key === 'closed' ? CLOSED_FD : (this.#fds[key] as number)));
    return new Uint8Array(fds.buffer);
  }

  #must(command: PeerCommand, attributes: PeerAttributes): number {
    const result = this.#bpf(command, attributes);
    if (result < 0) throw new Error(`${command}: errno ${-result} (${JSON.stringify(attributes['map_name'] ?? '')})`);
    return result;
  }
}

export function kernelSide(kernel: KernelPeer): Side {
  return new Side(
    (command, attributes, capabilities) =>
      withCapabilities(capabilities ?? 'all', () => kernel.attempt(command, attributes)),
    (fd) => kernel.close(fd),
  );
}

export function ourSide(runtime: Runtime): Side {
  return new Side(
    (command, attributes, capabilities) => {
      try {
        return runtime.bpf(command, attributes, capabilities === undefined ? {} : { capabilities });
      } catch (error) {
        if (!(error instanceof BpfError)) throw error;
        return -Errno[error.code];
      }
    },
    (fd) => runtime.close(fd),
  );
}

/** Instructions, and the slot of each label. */
function bytesOf(
  code: string,
  maps: Readonly<Record<string, number>>,
): { insns: Uint8Array; labels: ReadonlyMap<string, number> } {
  const lines = code.split('\n');
  const raw = lines.map((line) => /^\s*(?:\w+:\s*)?\.raw\s+(.*)$/.exec(line)?.[1]);
  const text = lines.map((line, index) => (raw[index] === undefined ? line : line.replace(/\.raw.*$/, 'r0 = r0')));
  const { insns, labels, lines: lineOf } = assemble(text.join('\n'), { maps });
  const bytes = encodeInstructions(insns);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let slot = 0;
  insns.forEach((insn, index) => {
    const fields = raw[(lineOf[index] as number) - 1]?.trim().split(/\s+/).map(Number);
    if (fields !== undefined) {
      const [opcode = 0, dst = 0, src = 0, offset = 0, imm = 0] = fields;
      view.setUint8(slot * 8, opcode);
      view.setUint8(slot * 8 + 1, dst | (src << 4));
      view.setInt16(slot * 8 + 2, offset, true);
      view.setInt32(slot * 8 + 4, imm, true);
    }
    slot += insn.opcode === 0x18 ? 2 : 1;
  });
  return { insns: bytes, labels };
}

/** Prototypes as BTF and func_info. A label `+N` is a slot. */
function functionTypes(
  functions: Readonly<Record<string, string>>,
  labels: ReadonlyMap<string, number>,
): { btf: Uint8Array; records: Uint8Array } {
  const declarations = newDeclarations();
  const words: number[] = [];
  for (const [label, prototype] of Object.entries(functions)) {
    const id = prototype.startsWith('type ')
      ? declarations.type(prototype.slice(5)).id
      : declarations.prototype(prototype);
    const slot = label === 'main' ? 0 : label.startsWith('+') ? Number(label) : labels.get(label);
    if (slot === undefined) throw new Error(`no label ${label}`);
    words.push(slot, id);
  }
  return { btf: declarations.builder.build(), records: new Uint8Array(Uint32Array.from(words).buffer) };
}

/** The log's last line before the counts; of an endless loop, the line before the two states. */
function finalMessage(log: string): string {
  const lines = log.trimEnd().split('\n');
  while (lines.length > 0 && /^(processed|verification time|stack depth)/.test(lines.at(-1) ?? '')) lines.pop();
  // Some messages have no newline.
  const last = lines.at(-1)?.replace(/processed \d+ insns.*$/, '');
  const loop = /infinite loop detected at insn \d+/.exec(log)?.[0];
  return (loop ?? last ?? '').trimEnd();
}
