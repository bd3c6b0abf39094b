import { basename } from 'node:path';
import { readObject, typesOf } from '../../index.js';
import { type Command, EXIT, parseOptions, single } from '../command.js';
import { readBytes } from '../input.js';

export const command: Command = {
  usage: `usage: innermap types OBJ [options]

Print TypeScript declarations for the maps and variables of an object, as its BTF describes them.

  --json    print { "object": ..., "declarations": ... }
  --help    this text`,
  async main(args, terminal) {
    const { values, positionals } = parseOptions(args, {});
    const file = single(positionals, 'object file');
    const declarations = typesOf(readObject(await readBytes(file)));
    if (values.json) terminal.json({ object: basename(file), declarations });
    else terminal.print(declarations.trimEnd());
    return EXIT.ok;
  },
};
