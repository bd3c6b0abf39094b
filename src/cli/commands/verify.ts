import { BpfError, type ObjectProgramSpec, type ObjectSpec, Runtime } from '../../index.js';
import { type Command, EXIT, parseOptions, single, wholeNumber } from '../command.js';
import { withoutTailCalls } from '../dump/alone.js';
import { readBtfFile } from '../input.js';
import { tableLines } from '../output/table.js';
import type { Terminal } from '../output/terminal.js';
import { typeName } from '../program-types.js';
import { programsOf, readObjectFile } from './dump.js';

/** What `--json` prints of a program. */
export interface VerifyReport {
  readonly program: string;
  readonly section: string;
  readonly type: string;
  readonly ok: boolean;
  /** 0, or the kernel's number. */
  readonly errno: number;
  readonly message: string;
  /** Line of the source that was refused, null when nothing was or the object does not tell. */
  readonly source: SourceLine | null;
  /** Instructions that the verifier processed; null when it did not come so far. */
  readonly processed: number | null;
  readonly log: string;
}

export interface SourceLine {
  readonly file: string | null;
  readonly line: number;
  readonly text: string;
}

interface Options {
  readonly logLevel: number;
  readonly btf: Uint8Array | undefined;
}

export const command: Command = {
  usage: `usage: innermap verify OBJ [options]

Say for each program of an object whether it loads, and if not, why.

  --program P      only this program
  --log-level N    the verifier's log: 0 none (default), 1 the path it took, 2 all states, 4 figures
  --btf FILE       BTF of the target, for CO-RE relocations
  --json           print a list of { program, section, type, ok, errno, message, source, processed,
                   log }`,
  async main(args, terminal) {
    const { values, positionals } = parseOptions(args, {
      program: { type: 'string' },
      'log-level': { type: 'string' },
      btf: { type: 'string' },
    });
    const spec = await readObjectFile(single(positionals, 'object file'));
    const btf = values.btf === undefined ? undefined : await readBtfFile(values.btf);
    const logLevel = wholeNumber('log-level', values['log-level'], 0, 15) ?? 0;
    await using runtime = await Runtime.create({ workers: 0 });
    const reports: VerifyReport[] = [];
    for (const program of programsOf(spec, values.program)) {
      terminal.progress(`verifying ${program.name}`);
      reports.push(await verify(runtime, spec, program, { logLevel, btf }));
    }
    if (values.json) terminal.json(reports);
    else print(terminal, reports);
    return reports.every(({ ok }) => ok) ? EXIT.ok : EXIT.failure;
  },
};

/** Each program is loaded by itself, so that one that is refused says nothing of the others. */
async function verify(
  runtime: Runtime,
  spec: ObjectSpec,
  program: ObjectProgramSpec,
  options: Options,
): Promise<VerifyReport> {
  const { name, section, type } = program;
  const about = { program: name, section, type: typeName(type) };
  const { logLevel, btf } = options;
  try {
    const alone = withoutTailCalls(spec);
    using loaded = await runtime.loadObject(alone, { programs: [name], logLevel, ...(btf ? { btf } : {}) });
    const { log = '', processed = null } = loaded.programs[name] ?? {};
    return { ...about, ok: true, errno: 0, message: '', source: null, processed, log };
  } catch (error) {
    const { log = '' } = error as { log?: string };
    const errno = error instanceof BpfError ? error.errno : EINVAL;
    const message = error instanceof Error ? error.message : String(error);
    return { ...about, ok: false, errno, message, source: sourceOf(error), processed: processedOf(log), log };
  }
}

function sourceOf(error: unknown): SourceLine | null {
  const { cause } = error as { cause?: { source?: { file?: string; line: number; text: string } } };
  if (cause?.source === undefined) return null;
  const { file = null, line, text } = cause.source;
  return { file, line, text: text.trim() };
}

/** Of an object that is refused before any program is loaded. */
const EINVAL = 22;

function processedOf(log: string): number | null {
  const count = /^processed (\d+) insns/m.exec(log)?.[1];
  return count === undefined ? null : Number(count);
}

function print(terminal: Terminal, reports: readonly VerifyReport[]): void {
  const rows = reports.map(({ program, section, type, ok, errno, processed, message }) => [
    ok ? terminal.style('green', 'ok') : terminal.style('red', 'refused'),
    program,
    section,
    type,
    ok ? '' : String(errno),
    processed === null ? '' : String(processed),
    message,
  ]);
  const right = (title: string) => ({ title, align: 'right' }) as const;
  const left = (title: string) => ({ title });
  const columns = [
    left('verdict'),
    left('program'),
    left('section'),
    left('type'),
    right('errno'),
    right('processed'),
    left(''),
  ];
  terminal.print(...tableLines(columns, rows));
  for (const { program, log } of reports) {
    if (log !== '') terminal.print('', terminal.style('bold', `log of ${program}`), log.trimEnd());
  }
}
