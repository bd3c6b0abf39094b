/**
 * Which maps an outer map takes (SPEC §3.1–3.3). The kernel also compares the operations of both maps; here, as
 * there, these follow from the type alone.
 */
import { NO_SPECIAL_FIELDS } from '../../shared/object/btf/index.js';
import { MapFlags, MapType, mapTypeName } from '../../shared/uapi.js';
import type { MapProperties } from './objects.js';

/** '4.12': the rules of the release that introduced map-in-map. */
export type Rules = '4.12' | '6.18';

/** Types without a rule of comparison: ENOTSUPP as a template. */
const NO_TEMPLATE: ReadonlySet<number> = new Set([
  MapType.PROG_ARRAY,
  MapType.CGROUP_STORAGE,
  MapType.PERCPU_CGROUP_STORAGE,
  MapType.STRUCT_OPS,
]);

export function canBeTemplate(type: number): boolean {
  return !NO_TEMPLATE.has(type);
}

/** The copy that an outer map keeps. */
export function templateOf({ type, keySize, valueSize, maxEntries, flags, fields }: MapProperties): MapProperties {
  return { type, keySize, valueSize, maxEntries, flags, fields };
}

/** Which property of `inner` does not match the template, in words, or null. */
export function mismatch(template: MapProperties, inner: MapProperties, rules: Rules): string | null {
  if (inner.type !== template.type) {
    return `its type is ${mapTypeName(inner.type)}, the template's is ${mapTypeName(template.type)}`;
  }
  const compared: Comparable[] = ['keySize', 'valueSize', 'flags'];
  if (comparesMaxEntries(template, rules)) compared.push('maxEntries');
  for (const property of compared) {
    if (inner[property] !== template[property]) {
      return `its ${ATTRIBUTE[property]} is ${inner[property]}, the template's is ${template[property]}`;
    }
  }
  return sameFields(template.fields, inner.fields)
    ? null
    : 'its value has other special fields than that of the template';
}

/** The same kinds at the same offsets, or none on both sides; the BTF that tells of them may be another. */
function sameFields(one = NO_SPECIAL_FIELDS, other = NO_SPECIAL_FIELDS): boolean {
  return one.spinLock === other.spinLock && one.timer === other.timer && one.workqueue === other.workqueue;
}

type Comparable = Exclude<keyof MapProperties, 'fields'>;

/**
 * 4.12 compares max_entries of every type. Since 5.10 only ARRAY and XSKMAP do (look-ups in an inner array are
 * compiled with the template's bound), and not an ARRAY with INNER_MAP, whose own bound is read at run time.
 */
function comparesMaxEntries(template: MapProperties, rules: Rules): boolean {
  if (rules === '4.12') return true;
  if (template.type === MapType.XSKMAP) return true;
  return template.type === MapType.ARRAY && (template.flags & MapFlags.INNER_MAP) === 0;
}

const ATTRIBUTE: Record<Comparable, string> = {
  type: 'map_type',
  keySize: 'key_size',
  valueSize: 'value_size',
  maxEntries: 'max_entries',
  flags: 'map_flags',
};
