/** Loading the programs of an object: descriptors of maps put in, CO-RE resolved, source lines given along. */
import { FUNCTION_INFO_SIZE, LINE_INFO_SIZE, writeFunctionInfo, writeLineInfo } from '../../shared/object/btf/index.js';
import { POISON } from '../../shared/object/core/patch.js';
import type { CoreRelocator, PoisonedInstruction } from '../../shared/object/core/relocate.js';
import { ObjectError, type ObjectProgramSpec, type ObjectSpec } from '../../shared/object/index.js';
import { OBJECT_NAME_SIZE } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import { loaderOptions, logAttributes } from '../programs/load-options.js';
import type { ProgramLoadAttributes } from '../programs.js';
import type { RuntimeParts } from '../runtime/parts.js';
import type { CreatedMap } from './maps.js';
import type { CheckedLoadOptions } from './options.js';
import { reachedPrograms } from './tail-calls.js';

const SLOT = 8;
const LOG_ON_FAILURE = 1;

/** A program of an object that was refused: by code, errno and cause as of PROG_LOAD, with its name and the verifier's log. */
export class ObjectProgramError extends BpfError {
  readonly program: string;
  /** Empty when it was refused before the verifier looked at it. */
  readonly log: string;

  constructor(program: string, error: BpfError, log: string, explanation: string) {
    const reason = error.message.replace(/^\w+: PROG_LOAD: /, '');
    super(error.code, 'PROG_LOAD', `program ${program}: ${reason}${explanation}`, {
      cause: error.cause,
      ...(error.missing === undefined ? {} : { missing: error.missing }),
    });
    this.program = program;
    this.log = log;
  }
}

/**
 * The programs that are to be loaded: those that are wanted, with those that stand in the program arrays they reach.
 * Throws ObjectError for a name that is not there, and for a program with problems.
 */
export function selectPrograms(
  spec: ObjectSpec,
  { programs: wanted, reuse = {} }: Pick<CheckedLoadOptions, 'programs' | 'reuse'>,
): ObjectProgramSpec[] {
  const { programs } = spec;
  for (const name of wanted ?? []) {
    if (programs[name] !== undefined) continue;
    const known = Object.keys(programs).join(', ') || 'none';
    throw new ObjectError(
      'ERR_INNERMAP_OBJECT_UNRESOLVED',
      `program ${name}: the object has none of that name; it has ${known}`,
    );
  }
  const names = wanted && reachedPrograms(spec, wanted, new Set(Object.keys(reuse)));
  const selected = Object.values(programs).filter(({ name, autoload }) => names?.has(name) ?? autoload);
  for (const { name, problems } of selected) {
    if (problems.length === 0) continue;
    const hint = 'name the programs to load by the option programs to leave it out';
    throw new ObjectError('ERR_INNERMAP_OBJECT_UNSUPPORTED', `program ${name}: ${problems.join('; ')} (${hint})`);
  }
  return selected;
}

export class ProgramLoader {
  readonly #parts: RuntimeParts;
  readonly #spec: ObjectSpec;
  readonly #options: CheckedLoadOptions;
  readonly #maps: ReadonlyMap<string, CreatedMap>;
  readonly #relocator: CoreRelocator | undefined;
  readonly #btfFd: number;

  constructor(
    parts: RuntimeParts,
    spec: ObjectSpec,
    options: CheckedLoadOptions,
    linked: { maps: ReadonlyMap<string, CreatedMap>; relocator: CoreRelocator | undefined; btfFd: number },
  ) {
    this.#parts = parts;
    this.#spec = spec;
    this.#options = options;
    this.#maps = linked.maps;
    this.#relocator = linked.relocator;
    this.#btfFd = linked.btfFd;
  }

  /** A descriptor. Rejects with ObjectProgramError when the program is refused. */
  async load(program: ObjectProgramSpec): Promise<number> {
    const { insns, poisoned } = this.#resolve(program);
    const attributes = this.#attributes(program, insns);
    const { logLevel } = this.#options;
    const load = (level: number): Promise<number> => {
      Object.assign(attributes, logAttributes(level));
      return this.#parts.programs.loadAsync(attributes, loaderOptions(this.#options));
    };
    try {
      return await load(logLevel);
    } catch (error) {
      if (!(error instanceof BpfError)) throw error;
      const log = await logOf(attributes, load, logLevel);
      throw new ObjectProgramError(program.name, error, log, explain(poisoned, `${error.message}\n${log}`));
    }
  }

  #resolve(program: ObjectProgramSpec): { insns: Uint8Array; poisoned: readonly PoisonedInstruction[] } {
    const resolved = this.#relocator?.relocate(program) ?? { insns: new Uint8Array(program.insns), poisoned: [] };
    const view = new DataView(resolved.insns.buffer);
    for (const { slot, map } of program.references) view.setInt32(slot * SLOT + 4, this.#fdOf(program, map), true);
    return resolved;
  }

  #fdOf(program: ObjectProgramSpec, name: string): number {
    const map = this.#maps.get(name);
    if (map !== undefined) return map.fd;
    throw new ObjectError(
      'ERR_INNERMAP_OBJECT_UNRESOLVED',
      `program ${program.name}: map ${name} was taken out of the spec`,
    );
  }

  #attributes(program: ObjectProgramSpec, insns: Uint8Array): ProgramLoadAttributes {
    const { functions, lines } = program;
    return {
      prog_type: program.type,
      insns,
      license: this.#spec.license,
      kern_version: this.#spec.version,
      prog_flags: program.flags,
      prog_name: program.name.slice(0, OBJECT_NAME_SIZE - 1).replace(/[^\w.]/g, '_'),
      expected_attach_type: program.expectedAttachType,
      ...(this.#btfFd === 0 || functions.length === 0
        ? {}
        : {
            prog_btf_fd: this.#btfFd,
            func_info: writeFunctionInfo(functions),
            func_info_rec_size: FUNCTION_INFO_SIZE,
            func_info_cnt: functions.length,
            line_info: writeLineInfo(lines),
            line_info_rec_size: LINE_INFO_SIZE,
            line_info_cnt: lines.length,
          }),
    };
  }
}

/** The verifier's log of a program that was refused; asked for a second time if the first load kept none. */
async function logOf(
  attributes: ProgramLoadAttributes,
  load: (level: number) => Promise<number>,
  level: number,
): Promise<string> {
  if (level === 0) {
    try {
      await load(LOG_ON_FAILURE);
    } catch (error) {
      if (!(error instanceof BpfError)) throw error;
    }
  }
  const buffer = attributes.log_buf ?? new Uint8Array(0);
  return new TextDecoder().decode(buffer.subarray(0, Math.max(0, buffer.indexOf(0))));
}

/** What a call of a helper that does not exist stands for. */
function explain(poisoned: readonly PoisonedInstruction[], text: string): string {
  if (poisoned.length === 0 || !text.includes(String(POISON))) return '';
  return `: an access that CO-RE could not resolve is reached: ${poisoned.map(({ reason }) => reason).join('; ')}`;
}
