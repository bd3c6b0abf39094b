/** Numbers of `enum bpf_core_relo_kind`: what a CO-RE relocation asks of the target's types. */
export const CoreKind = {
  FIELD_BYTE_OFFSET: 0,
  FIELD_BYTE_SIZE: 1,
  FIELD_EXISTS: 2,
  FIELD_SIGNED: 3,
  FIELD_LSHIFT_U64: 4,
  FIELD_RSHIFT_U64: 5,
  TYPE_ID_LOCAL: 6,
  TYPE_ID_TARGET: 7,
  TYPE_EXISTS: 8,
  TYPE_SIZE: 9,
  ENUMVAL_EXISTS: 10,
  ENUMVAL_VALUE: 11,
  TYPE_MATCHES: 12,
} as const;

const NAMES = new Map<number, string>(Object.entries(CoreKind).map(([name, kind]) => [kind, name.toLowerCase()]));

export function kindName(kind: number): string {
  return NAMES.get(kind) ?? `kind ${kind}`;
}

export function isFieldKind(kind: number): boolean {
  return kind <= CoreKind.FIELD_RSHIFT_U64;
}

export function isEnumKind(kind: number): boolean {
  return kind === CoreKind.ENUMVAL_EXISTS || kind === CoreKind.ENUMVAL_VALUE;
}

/**
 * The name without its flavour: `task_struct___v1` is another view of `task_struct`. A flavour begins behind
 * exactly three underscores.
 */
export function essentialName(name: string): string {
  return /^(.*[^_])___[^_].*$/.exec(name)?.[1] ?? name;
}
