/** Tags of parameters: `__arg_ctx` and its like, which BTF has as `decl_tag` of the function. */
import type { Btf } from '../../object/btf/index.js';

const TAGS = ['ctx', 'nonnull', 'nullable', 'trusted', 'untrusted', 'arena'] as const;
export type Tag = (typeof TAGS)[number];

const PREFIX = 'arg:';

/** Tags of a function's parameter, and whether it has others. */
export function tagsOf(btf: Btf, functionId: number, parameter: number): { tags: ReadonlySet<Tag>; unknown: boolean } {
  const tags = new Set<Tag>();
  let unknown = false;
  for (const type of btf.types) {
    if (type.kind !== 'decl_tag' || type.type !== functionId || type.component !== parameter) continue;
    if (!type.name.startsWith(PREFIX)) continue;
    const tag = TAGS.find((name) => type.name === PREFIX + name);
    if (tag === undefined) unknown = true;
    else tags.add(tag);
  }
  return { tags, unknown };
}
