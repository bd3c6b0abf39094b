/** Codecs out of BTF for another thread: functions cannot be posted, but types can. */
import type { Codec } from '../../codecs.js';
import type { Btf, BtfType } from '../btf/index.js';
import { codecOf, originOf } from './from-btf.js';

/** A type and all that its values consist of, under the ids that they have in their BTF. */
export interface PortableType {
  readonly id: number;
  readonly types: ReadonlyMap<number, BtfType>;
}

/** The type that a codec was made of, or null when it does not come from BTF. */
export function portableType(codec: Codec<unknown>): PortableType | null {
  const origin = originOf(codec);
  return origin === undefined ? null : { id: origin.id, types: contentsOf(origin.btf, origin.id) };
}

export function codecOfType({ id, types }: PortableType): Codec<unknown> {
  const all: BtfType[] = [{ kind: 'void', name: '' }];
  for (const [place, type] of types) all[place] = type;
  return codecOf({ types: all, strings: new Uint8Array(1) }, id);
}

/** What lies behind a pointer is no part of a value. */
function contentsOf({ types }: Btf, root: number): Map<number, BtfType> {
  const found = new Map<number, BtfType>();
  const waiting = [root];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const type = types[id];
    if (type === undefined || found.has(id)) continue;
    found.set(id, type);
    waiting.push(...partsOf(type));
  }
  return found;
}

function partsOf(type: BtfType): readonly number[] {
  switch (type.kind) {
    case 'array':
      return [type.element];
    case 'struct':
    case 'union':
      return type.members.map((member) => member.type);
    case 'datasec':
      return type.variables.map((variable) => variable.type);
    case 'var':
    case 'typedef':
    case 'const':
    case 'volatile':
    case 'restrict':
    case 'type_tag':
      return [type.type];
    default:
      return [];
  }
}
