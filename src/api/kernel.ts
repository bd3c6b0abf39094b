export { Kernel, type KernelOptions } from './kernel/kernel.js';
export type { MapObject, ProgramObject } from './kernel/objects.js';
