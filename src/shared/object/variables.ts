/** The values of variables in a spec, before it is loaded. */
import { type Codec, codecMemory } from '../codecs.js';
import { codecOf, rawBytes } from './codecs/index.js';
import { unresolved } from './errors.js';
import type { ObjectSpec } from './spec.js';

/** What a variable of the spec holds, constants included. Throws ObjectError when there is none of the name. */
export function readVariable(spec: ObjectSpec, name: string): unknown {
  const { codec, bytes } = find(spec, name);
  return codec.decode(codecMemory(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0);
}

/** Set what a variable will hold when the spec is loaded, constants included. Throws ObjectError, CodecError. */
export function writeVariable(spec: ObjectSpec, name: string, value: unknown): void {
  const { codec, bytes } = find(spec, name);
  const copy = codecMemory(new ArrayBuffer(codec.size));
  codec.encode(value, copy, 0);
  bytes.set(copy.u8);
}

function find(spec: ObjectSpec, name: string): { codec: Codec<unknown>; bytes: Uint8Array } {
  const variable = spec.variables[name];
  const contents = variable && spec.maps[variable.map]?.contents;
  if (variable === undefined || contents === undefined) {
    throw unresolved(
      `variable ${name}: the object has none of that name; it has ${Object.keys(spec.variables).join(', ') || 'none'}`,
    );
  }
  const typed = variable.type !== 0 && spec.btf ? codecOf(spec.btf, variable.type) : undefined;
  const codec = typed?.size === variable.size ? typed : rawBytes(variable.size);
  return { codec, bytes: contents.subarray(variable.offset, variable.offset + variable.size) };
}
