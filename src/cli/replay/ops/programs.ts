/** Programs and BTF. */
import { type AttributeObject, ProgramType } from '../../../index.js';
import { fromHex } from '../hex.js';
import type { Op } from '../scenario.js';
import { attempt, BrokenScenario, type Outcome, type Session } from '../session.js';

const INSTRUCTION_SIZE = 8;
const IMMEDIATE = 4;
const FUNC_INFO_SIZE = 8;
/** `r0 = 0` and `exit`. */
const RETURN_0 = fromHex('b700000000000000');
const EXIT = fromHex('9500000000000000');
const INFO_ID = 4;
const INFO_SIZE = 8;

interface Relocation {
  readonly insn: number;
  readonly map: string;
}

export function btfLoad(session: Session, op: Op): Outcome {
  const btf = fromHex(String(op['data']));
  const outcome = attempt(() => session.bpf('BTF_LOAD', { btf, btf_size: btf.length }));
  const fd = Number(outcome['ret']);
  return fd < 0 ? outcome : session.bind(String(op['h']), fd, () => 0);
}

export function progLoad(session: Session, op: Op): Outcome {
  const insns = instructions(session, op);
  const attributes: AttributeObject = {
    prog_type: typeNumber(op['prog_type']),
    insn_cnt: insns.length / INSTRUCTION_SIZE,
    insns,
    license: new TextEncoder().encode(`${String(op['license'])}\0`),
    prog_flags: Number(op['prog_flags'] ?? 0),
    ...functionInfo(session, op),
  };
  const outcome = attempt(() => session.bpf('PROG_LOAD', attributes));
  const fd = Number(outcome['ret']);
  return fd < 0 ? outcome : session.bind(String(op['h']), fd, (program) => programId(session, program));
}

export function progRun(session: Session, op: Op): Outcome {
  const attributes: AttributeObject = { prog_fd: session.fd(op['prog']), repeat: Number(op['repeat'] ?? 0) };
  if (op['data_len'] !== undefined) {
    const data = new Uint8Array(Number(op['data_len']));
    Object.assign(attributes, { data_in: data, data_size_in: data.length });
  }
  if (op['ctx_len'] !== undefined) {
    const context = new Uint8Array(Number(op['ctx_len']));
    Object.assign(attributes, { ctx_in: context, ctx_size_in: context.length });
  }
  const outcome = attempt(() => session.bpf('PROG_TEST_RUN', attributes));
  return outcome['ret'] === 0 ? { ...outcome, retval: attributes['retval'] } : outcome;
}

export function progBindMap(session: Session, op: Op): Outcome {
  const attributes = { prog_fd: session.fd(op['prog']), map_fd: session.fd(op['map']) };
  return attempt(() => session.bpf('PROG_BIND_MAP', attributes));
}

/** The instructions with descriptors in place of the handles that the relocations name. */
function instructions(session: Session, op: Op): Uint8Array {
  if (op['insns'] === undefined) return straightLine(Number(op['insn_cnt']));
  const bytes = fromHex(String(op['insns']));
  const view = new DataView(bytes.buffer);
  for (const { insn, map } of (op['relocs'] as Relocation[] | undefined) ?? []) {
    view.setInt32(insn * INSTRUCTION_SIZE + IMMEDIATE, session.fd(map), true);
  }
  return bytes;
}

/** The one program that is too long to be listed. */
function straightLine(count: number): Uint8Array {
  const bytes = new Uint8Array(count * INSTRUCTION_SIZE);
  for (let index = 0; index < count - 1; index++) bytes.set(RETURN_0, index * INSTRUCTION_SIZE);
  bytes.set(EXIT, (count - 1) * INSTRUCTION_SIZE);
  return bytes;
}

function functionInfo(session: Session, op: Op): AttributeObject {
  const functions = op['func_info'] as [number, number][] | undefined;
  if (functions === undefined) return {};
  const records = Uint32Array.from(functions.flat());
  return {
    prog_btf_fd: session.fd(op['prog_btf_fd']),
    func_info: new Uint8Array(records.buffer),
    func_info_cnt: functions.length,
    func_info_rec_size: FUNC_INFO_SIZE,
  };
}

function programId(session: Session, fd: number): number {
  const info = new Uint8Array(INFO_SIZE);
  session.bpf('OBJ_GET_INFO_BY_FD', { bpf_fd: fd, info_len: info.length, info });
  return new DataView(info.buffer).getUint32(INFO_ID, true);
}

function typeNumber(type: unknown): number {
  const found = Object.entries(ProgramType).find(([name]) => name === type);
  if (found === undefined) throw new BrokenScenario(`${String(type)} is no program type`);
  return found[1];
}
