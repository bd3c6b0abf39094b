import type { KconfigValue } from '../../shared/object/index.js';
import type { BpfMap } from '../map.js';
import { type CheckTable, checkOptions, matching, string, withDefault } from '../options.js';
import { LOAD_OPTIONS, type LoadingOptions } from '../programs/load-options.js';

export interface LoadObjectOptions extends LoadingOptions {
  /** Maps of this runtime that take the place of the object's, by the object's names. They are not closed with it. */
  readonly reuse?: Readonly<Record<string, BpfMap>>;
  /**
   * The types of the target, for CO-RE: a BTF blob such as `/sys/kernel/btf/vmlinux`, or an object with BTF.
   * Default: the object's own types.
   */
  readonly btf?: Uint8Array;
  /**
   * Names of the programs to load; those that stand in their program arrays from the start are loaded with them.
   * Default: all but those of sections that begin with `?`.
   */
  readonly programs?: readonly string[];
  /** Of bytes: see `readObject()`. */
  readonly name?: string;
  /** Of bytes: values of `__kconfig` externs. */
  readonly kconfig?: Readonly<Record<string, KconfigValue>>;
  /** Where maps with `pinning` by name are found and put. Default `/sys/fs/bpf`. */
  readonly pinPath?: string;
}

const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

const TABLE = {
  reuse: matching<Readonly<Record<string, unknown>>>('an object of maps by name', isRecord),
  btf: matching<Uint8Array>('a Uint8Array', (value) => value instanceof Uint8Array),
  programs: matching<readonly string[]>(
    'an array of names',
    (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
  ),
  name: string(),
  kconfig: matching<Readonly<Record<string, KconfigValue>>>('an object of values by name', isRecord),
  pinPath: withDefault(string(), '/sys/fs/bpf'),
  ...LOAD_OPTIONS,
} as const satisfies CheckTable;

export type CheckedLoadOptions = ReturnType<typeof checkOptions<typeof TABLE>>;

export function checkLoadOptions(given: LoadObjectOptions | undefined): CheckedLoadOptions {
  return checkOptions(TABLE, given, 'runtime.loadObject()');
}
