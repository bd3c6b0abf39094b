/** BTF as plain data: types refer to each other by id, their index in `Btf.types`; id 0 is void. */

/** Numbers of the kinds (`BTF_KIND_INT` is `BtfKind.int`). */
export const BtfKind = {
  void: 0,
  int: 1,
  ptr: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  fwd: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  func: 12,
  func_proto: 13,
  var: 14,
  datasec: 15,
  float: 16,
  decl_tag: 17,
  type_tag: 18,
  enum64: 19,
} as const;
export type BtfKindName = keyof typeof BtfKind;

/** Linkage of functions and variables. */
export const Linkage = { STATIC: 0, GLOBAL: 1, EXTERN: 2 } as const;

export type IntEncoding = 'unsigned' | 'signed' | 'char' | 'bool';

export interface BtfVoid {
  readonly kind: 'void';
  readonly name: '';
}

export interface BtfInt {
  readonly kind: 'int';
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly encoding: IntEncoding;
  /** Where the bits lie in the bytes: 0 except in old compilers' bitfields. */
  readonly bitOffset: number;
  readonly bits: number;
}

export interface BtfFloat {
  readonly kind: 'float';
  readonly name: string;
  readonly size: number;
}

/** Everything that refers to one type and adds no bytes of its own. `kindFlag`: an attribute other than a tag. */
export interface BtfModifier {
  readonly kind: 'const' | 'volatile' | 'restrict' | 'typedef' | 'type_tag';
  readonly name: string;
  readonly type: number;
  readonly kindFlag?: boolean;
}

export interface BtfPointer {
  readonly kind: 'ptr';
  readonly name: string;
  readonly type: number;
}

export interface BtfArray {
  readonly kind: 'array';
  readonly name: string;
  readonly element: number;
  readonly index: number;
  readonly length: number;
}

export interface BtfMember {
  /** Empty for an anonymous struct or union, and for padding bitfields. */
  readonly name: string;
  readonly type: number;
  readonly bitOffset: number;
  /** 0 for a member that is no bitfield (or one of an old compiler, where the int type has the bits). */
  readonly bitSize: number;
}

export interface BtfComposite {
  readonly kind: 'struct' | 'union';
  readonly name: string;
  readonly size: number;
  readonly members: readonly BtfMember[];
  /** Whether members carry bit sizes. */
  readonly kindFlag?: boolean;
}

export interface BtfEnum {
  readonly kind: 'enum';
  readonly name: string;
  readonly size: number;
  readonly signed: boolean;
  readonly values: readonly { readonly name: string; readonly value: number }[];
}

export interface BtfEnum64 {
  readonly kind: 'enum64';
  readonly name: string;
  readonly size: number;
  readonly signed: boolean;
  readonly values: readonly { readonly name: string; readonly value: bigint }[];
}

export interface BtfForward {
  readonly kind: 'fwd';
  readonly name: string;
  readonly union: boolean;
}

export interface BtfFunction {
  readonly kind: 'func';
  readonly name: string;
  /** Its prototype. */
  readonly type: number;
  readonly linkage: number;
}

export interface BtfPrototype {
  readonly kind: 'func_proto';
  readonly name: string;
  /** Type of the result. */
  readonly type: number;
  /** A last parameter of type 0 stands for `...`. */
  readonly parameters: readonly { readonly name: string; readonly type: number }[];
}

export interface BtfVariable {
  readonly kind: 'var';
  readonly name: string;
  readonly type: number;
  readonly linkage: number;
}

export interface BtfSectionVariable {
  /** Id of the variable. */
  readonly type: number;
  /** Bytes from the start of the section. */
  readonly offset: number;
  readonly size: number;
}

export interface BtfDataSection {
  readonly kind: 'datasec';
  readonly name: string;
  readonly size: number;
  readonly variables: readonly BtfSectionVariable[];
}

export interface BtfDeclTag {
  readonly kind: 'decl_tag';
  readonly name: string;
  readonly type: number;
  /** Index of a member or parameter, -1 for the whole. */
  readonly component: number;
  readonly kindFlag?: boolean;
}

export type BtfType =
  | BtfVoid
  | BtfInt
  | BtfFloat
  | BtfModifier
  | BtfPointer
  | BtfArray
  | BtfComposite
  | BtfEnum
  | BtfEnum64
  | BtfForward
  | BtfFunction
  | BtfPrototype
  | BtfVariable
  | BtfDataSection
  | BtfDeclTag;

export interface Btf {
  /** By id; `types[0]` is void. */
  readonly types: readonly BtfType[];
  /** NUL-terminated strings; `line_info` refers to them by offset. */
  readonly strings: Uint8Array;
}

export const VOID: BtfVoid = { kind: 'void', name: '' };

/** The type with an id. Throws RangeError: what was read by `readBtf()` has no other ids. */
export function typeOf(btf: Btf, id: number): BtfType {
  const type = btf.types[id];
  if (type === undefined) throw new RangeError(`BTF type id ${id}: expected 0 to ${btf.types.length - 1}`);
  return type;
}

/** The NUL-terminated string at an offset of `strings`, or undefined past its end. One character per byte. */
export function stringAt(strings: Uint8Array, offset: number, limit = 65_536): string | undefined {
  if (offset >= strings.length) return undefined;
  let text = '';
  for (let at = offset; at < strings.length && text.length < limit; at++) {
    const byte = strings[at]!;
    if (byte === 0) return text;
    text += String.fromCharCode(byte);
  }
  return undefined;
}
