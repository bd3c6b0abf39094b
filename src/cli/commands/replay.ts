import { type Command, EXIT, parseOptions } from '../command.js';
import { UsageError } from '../output/errors.js';
import { replay } from '../replay.js';

export const command: Command = {
  usage: `usage: innermap replay FILE... [options]

Replay scenarios that were recorded on a kernel (JSON lines), print each mismatch, and how many passed.

  --filter TEXT   only scenarios whose name contains TEXT
  --json          print one JSON document`,
  async main(args, terminal) {
    const { values, positionals } = parseOptions(args, { filter: { type: 'string' } });
    if (positionals.length === 0) throw new UsageError('given no FILE, expected at least one recording');
    const { json, filter } = values;
    const code = await replay(
      { files: positionals, json, ...(filter === undefined ? {} : { filter }) },
      (line) => terminal.print(line),
      (text) => terminal.progress(text),
    );
    return code === 0 ? EXIT.ok : EXIT.failure;
  },
};
