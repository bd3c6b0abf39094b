import { oneOf, parseOptions } from '#dist/cli/command.js';
import { UsageError } from '#dist/cli/output/errors.js';
import { programNames } from './programs.js';

export interface BenchOptions {
  /** Write the results here. */
  readonly json?: string;
  /** Only these programs. */
  readonly only: readonly string[];
  readonly quick: boolean;
  readonly swap: boolean;
  readonly readers: boolean;
  /** Leave the library out: the kernel's column alone. */
  readonly kernelOnly: boolean;
}

export const USAGE = `usage: npm run bench -- [options]

  --only NAME      only this program (may be given several times)
  --quick          short samples: a rough picture in a few seconds
  --swap           also: lookups while a thousand tables a second are swapped
  --readers        also: readers in plain JavaScript, beside the usual ways to share a table
  --kernel-only    only the kernel's column
  --json FILE      also write the results as JSON into FILE, or { "error": … } when it fails
  --help           this text`;

/** Throws UsageError when an option is unknown or lacks its value. */
export function readOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values, positionals } = parseOptions(args, {
    json: { type: 'string' },
    only: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
    swap: { type: 'boolean', default: false },
    readers: { type: 'boolean', default: false },
    'kernel-only': { type: 'boolean', default: false },
  });
  if (positionals.length > 0) throw new UsageError(`given ${positionals[0]}, expected options only`);
  if (values.help) return 'help';
  const { only: given = [], quick, swap, readers } = values;
  const only = given.map((name) => oneOf('--only', name, programNames()));
  const chosen = { only, quick, swap, readers, kernelOnly: values['kernel-only'] };
  return values.json === undefined ? chosen : { ...chosen, json: values.json };
}
