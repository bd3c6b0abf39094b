/** From PROG_LOAD attributes to the job of the loading stages, and the error of a program that they refuse. */
import type { PrepareJob, RefusedProgram } from '../../shared/program/prepare.js';
import type { LineInfo } from '../../shared/program/verifier/types.js';
import { ProgramType } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import type { Kernel } from '../kernel/kernel.js';
import type { MapObject } from '../kernel/objects.js';
import { fdArrayOf, instructionBytes, isGpl, type ProgramLoadAttributes, programName } from './attributes.js';
import { programBtf } from './btf-info.js';
import { namedMaps } from './program-maps.js';

/** What PROG_LOAD has no attribute for. */
export interface LoadOptions {
  /** Leave the verifier out. */
  readonly unsafe?: boolean;
  /** Count how often each instruction runs. */
  readonly coverage?: boolean;
  /** Which engine runs the program. Default 'compiled'. */
  readonly engine?: 'compiled' | 'interpreter';
  /** Most instructions that the verifier may process. Default 1,000,000, as the kernel. */
  readonly maxInstructions?: number;
  /** Milliseconds that the verifier may take, then ETIMEDOUT. Default: no bound. */
  readonly timeout?: number;
}

export interface BuildJob {
  readonly job: PrepareJob;
  /** Maps that the instructions name. */
  readonly maps: readonly MapObject[];
}

const SYSCALL = 'PROG_LOAD';

/** `coverage`: arena address of the counters, one u32 a slot; 0 = none. */
export function buildJob(
  kernel: Kernel,
  attributes: ProgramLoadAttributes,
  options: LoadOptions,
  coverage: number,
): BuildJob {
  const bytes = instructionBytes(attributes);
  const fdArray = fdArrayOf(attributes);
  const maps = namedMaps(kernel, bytes, fdArray ?? []);
  const btf = programBtf(kernel, attributes);
  const verify = {
    insns: bytes.slice(),
    name: programName(attributes.prog_name),
    type: attributes.prog_type,
    expectedAttachType: attributes.expected_attach_type ?? 0,
    flags: attributes.prog_flags ?? 0,
    gpl: isGpl(attributes.license),
    capabilities: kernel.capabilities,
    mapsByFd: maps.byFd,
    fdArray,
    functions: btf?.functions,
    lines: btf?.lines,
    rules: kernel.rules,
    logLevel: attributes.log_level ?? 0,
    limits: { maxInstructions: options.maxInstructions },
  };
  const unsafe = options.unsafe ?? false;
  const compile = {
    contextLength: unsafe && attributes.prog_type === ProgramType.SYSCALL,
    ...(coverage === 0 ? {} : { coverage: { address: coverage } }),
  };
  return { job: { verify, unsafe, timeout: options.timeout, compile }, maps: maps.objects };
}

/** The error of a refused program; its cause is the verifier's explanation. */
export function refusal({ failure, explanation }: RefusedProgram): BpfError {
  const place = explanation?.source ? ` (${sourceText(explanation.source)})` : '';
  const message = `instruction ${failure.slot}${place}: ${failure.message || 'refused'}`;
  const hint = explanation?.suggestion ? ` (${explanation.suggestion})` : '';
  return new BpfError(failure.code, SYSCALL, `${message}${hint}`, {
    missing: failure.missing,
    cause: explanation ?? undefined,
  });
}

/** As `first.bpf.c:10: *value += 1;`. */
function sourceText({ file, line, text }: LineInfo): string {
  const name = file?.slice(file.lastIndexOf('/') + 1);
  return `${name ? `${name}:${line}` : `line ${line}`}: ${text.trim()}`;
}
