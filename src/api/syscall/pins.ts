/** OBJ_PIN and OBJ_GET: names for objects, in a namespace of the runtime. */
import { MapFlags } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Attributes } from './attributes.js';

const ACCESS = MapFlags.RDONLY | MapFlags.WRONLY;

/** flags → descriptor (a map or a program) → path, which must be free. */
export function pinObject(kernel: Kernel, attributes: Attributes): number {
  checkFlags(attributes, 0);
  const { syscall } = attributes;
  const fd = attributes.number('bpf_fd');
  const file = kernel.files.get(fd);
  if (file === undefined) throw new BpfError('EBADF', syscall, `bpf_fd: ${fd} is not an open descriptor`);
  switch (file.kind) {
    case 'map':
      kernel.pins.add(pathOf(attributes), file.map, syscall, () => kernel.holdUser(file.map));
      return 0;
    case 'program':
      kernel.pins.add(pathOf(attributes), file.program, syscall, () => kernel.holdProgram(file.program));
      return 0;
    default:
      throw attributes.invalid(`bpf_fd: ${fd} is a ${file.kind} file, which cannot be pinned`);
  }
}

/** A new descriptor of what is pinned at the path. */
export function openPinned(kernel: Kernel, attributes: Attributes): number {
  const { syscall } = attributes;
  if (attributes.number('bpf_fd') !== 0) throw attributes.invalid('bpf_fd: expected 0');
  checkFlags(attributes, ACCESS);
  const flags = attributes.number('file_flags') & ACCESS;
  if (flags === ACCESS) throw attributes.invalid('file_flags: RDONLY and WRONLY exclude each other');
  const object = kernel.pins.get(pathOf(attributes), syscall);
  return object.kind === 'map' ? kernel.openMap(object, flags) : kernel.openProgram(object);
}

/** PATH_FD starts the path at a directory that is open; there are no such descriptors here. */
function checkFlags(attributes: Attributes, accepted: number): void {
  const flags = attributes.number('file_flags');
  if (flags & ~(accepted | MapFlags.PATH_FD)) throw attributes.invalid(`file_flags: ${flags} has unknown bits`);
  const fd = attributes.number('path_fd');
  if ((flags & MapFlags.PATH_FD) === 0) {
    if (fd !== 0) throw attributes.invalid(`path_fd: ${fd} without the flag PATH_FD, expected 0`);
    return;
  }
  const missing = 'descriptors of directories';
  throw new BpfError('ENOTSUPP', attributes.syscall, `path_fd: there are no ${missing} here`, { missing });
}

/** Text, or bytes up to a NUL. */
function pathOf(attributes: Attributes): string {
  const given = attributes.values['pathname'];
  if (typeof given === 'string') return given;
  const bytes = attributes.buffer('pathname', 1);
  const end = bytes.indexOf(0);
  if (end < 0) throw attributes.fault('pathname: no NUL among its bytes');
  return new TextDecoder().decode(bytes.slice(0, end));
}
