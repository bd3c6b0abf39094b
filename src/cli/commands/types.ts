import { basename } from 'node:path';
import { readObject, typesOf } from '../../index.js';
import { type Command, EXIT, parseOptions, single } from '../command.js';
import { readBytes } from '../input.js';
import { ofFile } from '../output/errors.js';

export const command: Command = {
  usage: `usage: innermap types OBJ [options]

Print TypeScript declarations for the maps and variables of an object, as its BTF describes them.

  --json    print { "object": ..., "declarations": ... }`,
  async main(args, terminal) {
    const { values, positionals } = parseOptions(args, {});
    const file = single(positionals, 'object file');
    const bytes = await readBytes(file);
    const declarations = ofFile(file, () => typesOf(readObject(bytes)));
    if (values.json) terminal.json({ object: basename(file), declarations });
    else terminal.print(declarations.trimEnd());
    return EXIT.ok;
  },
};
