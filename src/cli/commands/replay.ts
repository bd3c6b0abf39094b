import { type Command, EXIT, parseOptions } from '../command.js';
import { UsageError } from '../output/errors.js';
import { replay } from '../replay.js';

export const command: Command = {
  usage: `usage: innermap replay FILE... [options]

Replay scenarios that were recorded on a kernel (JSON lines), print each mismatch, and how many passed.
Exit code 1 when one failed.

  --filter TEXT   only scenarios whose name contains TEXT
  --json          print one JSON document
  --help          this text`,
  async main(args, terminal) {
    const { values, positionals } = parseOptions(args, { filter: { type: 'string' } });
    if (positionals.length === 0) throw new UsageError('expected at least one FILE');
    const { json, filter } = values;
    const code = await replay({ files: positionals, json, ...(filter === undefined ? {} : { filter }) }, (line) =>
      terminal.print(line),
    );
    return code === 0 ? EXIT.ok : EXIT.failure;
  },
};
