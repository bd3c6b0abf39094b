/**
 * Codecs cross threads by name: functions cannot be posted, but the name of a built-in codec says all of it
 * (`u32`, `bytes(16)`, `u16[4]`, `struct { address: u32be, port: u16be }`). Those of an object's maps cross as the
 * types that they were made of.
 */
import * as codecs from '../../shared/codecs.js';
import { codecOfType, type PortableType, portableType } from '../../shared/object/codecs/index.js';

type AnyCodec = codecs.Codec<unknown>;

const SIMPLE = new Map<string, AnyCodec>(
  [
    codecs.bool,
    codecs.cidr4,
    codecs.cidr6,
    codecs.i8,
    codecs.i16,
    codecs.i32,
    codecs.i64,
    codecs.number53,
    codecs.spinLock,
    codecs.u8,
    codecs.u16,
    codecs.u16be,
    codecs.u32,
    codecs.u32be,
    codecs.u64,
    codecs.u64be,
  ].map((codec) => [codec.name, codec as AnyCodec]),
);

/** A codec as plain data. */
export type PortableCodec = string | PortableType;

/** What `codecOfPortable` makes the codec of in another thread, or null when it cannot (a codec of the user's own). */
export function portableCodec(codec: AnyCodec): PortableCodec | null {
  return portableName(codec) ?? portableType(codec);
}

export function codecOfPortable(portable: PortableCodec): AnyCodec | null {
  return typeof portable === 'string' ? codecOfName(portable) : codecOfType(portable);
}

/** The name under which another thread can rebuild `codec`, or null when it cannot (a codec of the user's own). */
function portableName(codec: AnyCodec): string | null {
  const rebuilt = codecOfName(codec.name);
  if (rebuilt === null) return null;
  if (SIMPLE.has(codec.name)) return rebuilt === codec ? codec.name : null;
  return rebuilt.name === codec.name && rebuilt.size === codec.size && rebuilt.alignment === codec.alignment
    ? codec.name
    : null;
}

/** The built-in codec of this name, or null. */
function codecOfName(name: string): AnyCodec | null {
  const simple = SIMPLE.get(name);
  if (simple !== undefined) return simple;
  const sized = /^(bytes|cstring)\((\d+)\)$/.exec(name);
  if (sized !== null) return (sized[1] === 'bytes' ? codecs.bytes : codecs.cstring)(Number(sized[2])) as AnyCodec;
  const array = /^(.*)\[(\d+)\]$/s.exec(name);
  if (array !== null) {
    const element = codecOfName(array[1] as string);
    return element === null ? null : (codecs.array(element, Number(array[2])) as AnyCodec);
  }
  const struct = /^(packed )?struct \{ (.*) \}$/s.exec(name);
  return struct === null ? null : structOf(struct[2] as string, struct[1] !== undefined);
}

function structOf(body: string, packed: boolean): AnyCodec | null {
  const fields: Record<string, AnyCodec> = {};
  for (const field of splitFields(body)) {
    const match = /^([A-Za-z_$][\w$]*): (.*)$/s.exec(field);
    const codec = match === null ? null : codecOfName(match[2] as string);
    if (match === null || codec === null) return null;
    fields[match[1] as string] = codec;
  }
  return codecs.struct(fields, { packed }) as AnyCodec;
}

/** Split at the commas that are not inside the braces of a nested struct. */
function splitFields(body: string): string[] {
  const fields: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < body.length; index++) {
    const character = body[index];
    if (character === '{') depth++;
    else if (character === '}') depth--;
    else if (character === ',' && depth === 0) {
      fields.push(body.slice(start, index).trim());
      start = index + 1;
    }
  }
  fields.push(body.slice(start).trim());
  return fields;
}
