import { describe } from '../../shared/codecs.js';
import { createChecked, type CreateCommand, type MapHost } from '../map.js';
import { OuterMapObject } from '../map/outer-map.js';
import type { OuterMap } from '../map/types.js';
import { checkOptions, integer, OptionError, string } from '../options.js';
import { type InnerTemplate, templateOf } from './template.js';

/** What may differ from the template; an outer map may still refuse another `maxEntries` (EINVAL). */
export interface InnerOptions {
  readonly maxEntries?: number;
  readonly name?: string;
}

const OPTIONS = { maxEntries: integer(0, 0xffffffff), name: string('a name of at most 15 characters') };
const SUBJECT = 'createInner()';

/** A map as the template says: its type, sizes and flags, typed as the outer map's inner maps are. */
export function createInner<K, M extends object>(
  host: MapHost,
  outer: OuterMap<K, M>,
  given: InnerOptions,
  create: CreateCommand,
): M {
  if (!(outer instanceof OuterMapObject)) {
    const message = `${SUBJECT}: outer: given ${describe(outer)}, expected an array_of_maps or a hash_of_maps`;
    throw new OptionError('ERR_INNERMAP_INVALID_OPTION', 'outer', message);
  }
  const options = checkOptions(OPTIONS, given, SUBJECT);
  const { maxEntries, flags } = templateOf(host.kernel, outer.fd) as InnerTemplate;
  const name = options.name ?? '';
  const size = options.maxEntries ?? maxEntries;
  const spec = { ...outer.inner, maxEntries: size, flags, name, extra: 0, inner: undefined };
  return createChecked(host, spec, create) as object as M;
}
