/** Who executes a test run: the compiled program, the interpreter, or the interpreter with a report of each step. */
import type { Arena } from '../../shared/arena.js';
import { installProgram, type ProgramHost } from '../../shared/execution/install.js';
import { interpreterEnvironment, stackOf } from '../../shared/execution/interpret.js';
import { interpret, trace } from '../../shared/program/interpreter/index.js';
import { type PackedProgram, unpack } from '../../shared/program/packed.js';
import type { CheckedProgram } from '../../shared/program/types.js';
import type { LineInfo } from '../../shared/program/verifier/index.js';
import type { InstalledProgram } from '../../workers/protocol.js';
import type { TraceStep } from '../program.js';
import type { TestEngine } from './run-once.js';

/** What a program looked like when it was loaded; kept for traces. */
export interface ProgramText {
  /** Null: it cannot run here. */
  readonly text: PackedProgram | null;
  /** Source lines, ascending by slot; empty without BTF. */
  readonly lines: readonly LineInfo[];
}

export interface EngineRequest {
  readonly arena: Arena;
  readonly installed: InstalledProgram;
  readonly host: ProgramHost;
  text(id: number): ProgramText | undefined;
  readonly trace: ((step: TraceStep) => void) | undefined;
}

/** A traced run is interpreted, whatever engine the program was loaded for; so are the programs that it tail-calls. */
export function testEngine({ arena, installed, host, text, trace: report }: EngineRequest): TestEngine {
  const { id, interpreted, module } = installed;
  const programById = (other: number) => {
    const packed = text(other)?.text ?? null;
    return packed === null ? undefined : unpack(packed);
  };
  const program = report === undefined && !interpreted ? undefined : programById(id);
  if (program === undefined) {
    if (module === null) throw new Error(`broken invariant: program ${id} has neither code nor text`);
    return { entry: installProgram(arena, { ...installed, module }, host) };
  }
  const environment = interpreterEnvironment(arena, id, host, programById);
  const request = { program, environment, ...stackOf(arena) };
  if (report === undefined) {
    return { interpret: (context, contextBytes) => interpret({ ...request, context, contextBytes }) };
  }
  const ids = new Map<CheckedProgram, number>([[program, id]]);
  const traced = interpreterEnvironment(arena, id, host, (other) => {
    const target = programById(other);
    if (target !== undefined) ids.set(target, other);
    return target;
  });
  const line = (of: CheckedProgram, slot: number) => lineAt(text(ids.get(of) ?? id)?.lines ?? [], slot);
  return {
    interpret: (context, contextBytes) =>
      trace({ ...request, environment: traced, context, contextBytes }, report, { line }),
  };
}

/** The source line whose code begins at `slot`. */
function lineAt(lines: readonly LineInfo[], slot: number): string | undefined {
  const found = lines.find((line) => line.slot === slot);
  return found && `${found.text} @ ${found.file === undefined ? '' : `${baseName(found.file)}:`}${found.line}`;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
