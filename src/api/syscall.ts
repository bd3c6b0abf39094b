export type { AttributeObject, BpfAttributes, RawAttributes } from './syscall/attributes.js';
export { type BpfCommand, type ProgramsService, Syscalls } from './syscall/syscalls.js';
