/** Commands on whole objects: ids, descriptors from ids, freezing, binding. */
import { hasSpecialFields, NO_SPECIAL_FIELDS } from '../../shared/object/btf/index.js';
import { MapFlags, MapType } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Attributes } from './attributes.js';

const MAX_START_ID = 0x7fff_ffff;

export function mapFdById(kernel: Kernel, attributes: Attributes): number {
  const flags = attributes.number('open_flags');
  const access = MapFlags.RDONLY | MapFlags.WRONLY;
  if ((flags & ~access) !== 0 || flags === access) {
    throw attributes.invalid(`open_flags: ${flags}, expected 0, RDONLY (8) or WRONLY (16)`);
  }
  kernel.require('CAP_SYS_ADMIN', attributes.syscall, 'opening a map by id');
  const id = attributes.number('map_id');
  const map = kernel.mapById(id);
  if (map === undefined) throw new BpfError('ENOENT', attributes.syscall, `map_id: there is no map with id ${id}`);
  return kernel.openMap(map, flags);
}

export function programFdById(kernel: Kernel, attributes: Attributes): number {
  kernel.require('CAP_SYS_ADMIN', attributes.syscall, 'opening a program by id');
  const id = attributes.number('prog_id');
  const program = kernel.programById(id);
  if (program === undefined)
    throw new BpfError('ENOENT', attributes.syscall, `prog_id: there is no program with id ${id}`);
  return kernel.openProgram(program);
}

export function nextMapId(kernel: Kernel, attributes: Attributes): number {
  return nextId(kernel, attributes, 'map', (id) => kernel.nextMapId(id));
}

export function nextProgramId(kernel: Kernel, attributes: Attributes): number {
  return nextId(kernel, attributes, 'program', (id) => kernel.nextProgramId(id));
}

export function nextBtfId(kernel: Kernel, attributes: Attributes): number {
  return nextId(kernel, attributes, 'BTF', (id) => kernel.btfs.after(id));
}

function nextId(kernel: Kernel, attributes: Attributes, what: string, after: (id: number) => number): number {
  const start = attributes.number('start_id');
  if (start >= MAX_START_ID) throw attributes.invalid(`start_id: ${start}, expected less than ${MAX_START_ID}`);
  kernel.require('CAP_SYS_ADMIN', attributes.syscall, `listing ${what} ids`);
  const next = after(start);
  if (next === 0)
    throw new BpfError('ENOENT', attributes.syscall, `start_id: no ${what} has an id greater than ${start}`);
  attributes.write('next_id', next);
  return 0;
}

/**
 * Forbids writing through every descriptor, for good; programs may still write (SPEC §1.4). Order: special fields →
 * the descriptor may write, the map is not frozen yet → nothing maps it writable.
 */
export function freeze(kernel: Kernel, attributes: Attributes): number {
  const fd = attributes.number('map_fd');
  const { map, writable } = kernel.mapFile(fd, attributes.syscall);
  const { syscall } = attributes;
  if (hasSpecialFields(map.fields ?? NO_SPECIAL_FIELDS) || map.type === MapType.STRUCT_OPS) {
    throw new BpfError('ENOTSUPP', syscall, `map_fd: the map behind ${fd} has special fields and cannot be frozen`);
  }
  if (!writable) throw new BpfError('EPERM', syscall, `map_fd: ${fd} was opened RDONLY and cannot freeze`);
  if (map.frozen) throw new BpfError('EPERM', syscall, `map_fd: the map behind ${fd} is frozen already`);
  if (map.writableMappings > 0) throw new BpfError('EBUSY', syscall, `map_fd: the map behind ${fd} is mapped writable`);
  map.frozen = true;
  return 0;
}

export function bindMap(kernel: Kernel, attributes: Attributes): number {
  if (attributes.number('flags') !== 0) throw attributes.invalid(`flags: ${attributes.number('flags')}, expected 0`);
  const program = kernel.programOf(attributes.number('prog_fd'), attributes.syscall);
  const { map } = kernel.mapFile(attributes.number('map_fd'), attributes.syscall);
  kernel.bindMap(program, map);
  return 0;
}
