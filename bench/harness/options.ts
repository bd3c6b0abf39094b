import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Write the results here. */
  readonly json?: string;
  /** Only these rows and sections. */
  readonly only: readonly string[];
  readonly quick: boolean;
  readonly swap: boolean;
  readonly readers: boolean;
  /** Leave the library out: the kernel's column alone. */
  readonly kernelOnly: boolean;
}

export const USAGE = `usage: npm run bench -- [options]

  --only NAME      only this program or section (may be given several times)
  --quick          short samples: a rough picture in a few seconds
  --swap           also: lookups while a thousand tables a second are swapped
  --readers        also: readers in plain JavaScript, beside the usual ways to share a table
  --json FILE      also write the results as JSON
  --kernel-only    only the kernel's column
  --help           this text`;

/** Throws with a message for people when an option is unknown or lacks its value. */
export function readOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'string' },
      only: { type: 'string', multiple: true },
      quick: { type: 'boolean', default: false },
      swap: { type: 'boolean', default: false },
      readers: { type: 'boolean', default: false },
      'kernel-only': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const { only = [], quick, swap, readers } = values;
  const chosen = { only, quick, swap, readers, kernelOnly: values['kernel-only'] };
  return values.json === undefined ? chosen : { ...chosen, json: values.json };
}
