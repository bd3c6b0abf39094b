/** How the friendly object of a map is typed, from the types that the object file declares. */
import { type Codec, u32, u64 } from '../../shared/codecs.js';
import type { Btf } from '../../shared/object/btf/index.js';
import { codecOf, rawBytes } from '../../shared/object/codecs/index.js';
import type { ObjectMapSpec } from '../../shared/object/index.js';
import type { MapShape } from '../map/spec-check.js';
import { TRAITS, typeNameOf } from '../map/type-names.js';

/** Undefined for types of map that hold no elements here. */
export function shapeOf(map: ObjectMapSpec, btf: Btf | undefined): MapShape | undefined {
  const type = typeNameOf(map.type);
  if (type === undefined) return undefined;
  const traits = TRAITS[type];
  const key = traits.key === 'none' ? undefined : codecFor(btf, map.keyType, map.keySize);
  return { type, key, value: valueCodec(map, btf, traits.value) };
}

function valueCodec(
  map: ObjectMapSpec,
  btf: Btf | undefined,
  kind: 'codec' | 'record' | 'none',
): Codec<unknown> | undefined {
  if (kind === 'none') return undefined;
  if (kind === 'codec') return codecFor(btf, map.valueType, map.valueSize);
  // Records of rings are of any length unless the object says their type.
  return map.valueType === 0 || btf === undefined ? undefined : codecOf(btf, map.valueType);
}

/** Without a type, 4 bytes are a number, 8 a bigint, and all else bytes. */
function codecFor(btf: Btf | undefined, type: number, size: number): Codec<unknown> {
  const codec = type === 0 || btf === undefined ? undefined : codecOf(btf, type);
  // An edited size makes the declared type meaningless.
  if (codec !== undefined && codec.size === size) return codec;
  if (size === 4) return u32 as Codec<unknown>;
  return size === 8 ? (u64 as Codec<unknown>) : rawBytes(size);
}
