import { parse } from 'node:path';
import { type ObjectProgramSpec, type ObjectSpec, readObject } from '../../index.js';
import { type Command, EXIT, oneOf, parseOptions, single } from '../command.js';
import { graphviz, listing } from '../dump/listing.js';
import { watListing } from '../dump/wat.js';
import { checkIsProgram, readBtfFile, readBytes } from '../input.js';
import { ofFile, UsageError } from '../output/errors.js';
import type { Terminal } from '../output/terminal.js';

const FORMS = ['xlated', 'wat', 'cfg'] as const;
type Form = (typeof FORMS)[number];

export const command: Command = {
  usage: `usage: innermap dump OBJ [--xlated | --wat | --cfg] [options]

Show what an object's programs are made of.

  --xlated       disassembly with source lines (default)
  --wat          the WebAssembly text that they are compiled to
  --cfg          the control-flow graph, for Graphviz: innermap dump OBJ --cfg | dot -Tsvg
  --program P    only this program
  --btf FILE     BTF of the target, for CO-RE relocations (--wat)
  --json         print a list of { program, section, text }, text in lines`,
  async main(args, terminal) {
    const { values, positionals } = parseOptions(args, {
      xlated: { type: 'boolean', default: false },
      wat: { type: 'boolean', default: false },
      cfg: { type: 'boolean', default: false },
      program: { type: 'string' },
      btf: { type: 'string' },
    });
    const chosen = FORMS.filter((form) => values[form]);
    if (chosen.length > 1) throw new UsageError(`--${chosen[0]} and --${chosen[1]}: choose one`);
    const spec = await readObjectFile(single(positionals, 'object file'));
    const btf = values.btf === undefined ? undefined : await readBtfFile(values.btf);
    const programs = programsOf(spec, values.program);
    const texts = await Promise.all(programs.map((program) => textOf(chosen[0] ?? 'xlated', spec, program, btf)));
    if (values.json)
      terminal.json(programs.map(({ name, section }, index) => ({ program: name, section, text: texts[index] })));
    else printAll(terminal, chosen[0] ?? 'xlated', programs, texts as string[][]);
    return EXIT.ok;
  },
};

/** An object file as plain data. Throws UsageError when it is missing or no object. */
export async function readObjectFile(file: string): Promise<ObjectSpec> {
  const bytes = await readBytes(file);
  checkIsProgram(file, bytes);
  return ofFile(file, () => readObject(bytes, { name: parse(file).name }));
}

/** The programs of an object, or the one that is asked for. */
export function programsOf(spec: ObjectSpec, name: string | undefined): ObjectProgramSpec[] {
  if (name === undefined) return Object.values(spec.programs);
  return [spec.programs[oneOf('--program', name, Object.keys(spec.programs))] as ObjectProgramSpec];
}

function textOf(
  form: Form,
  spec: ObjectSpec,
  program: ObjectProgramSpec,
  btf: Uint8Array | undefined,
): Promise<string[]> | string[] {
  if (form === 'cfg') return graphviz(program);
  return form === 'wat' ? watListing(spec, program, btf) : listing(spec, program);
}

function printAll(
  terminal: Terminal,
  form: Form,
  programs: readonly ObjectProgramSpec[],
  texts: readonly string[][],
): void {
  programs.forEach(({ section }, index) => {
    // A graph is read by another program: nothing may stand around it.
    if (form === 'xlated') terminal.print(...(index > 0 ? [''] : []), terminal.style('bold', `section ${section}`));
    terminal.print(...(texts[index] ?? []));
  });
}
