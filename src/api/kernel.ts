export type { CapabilitySet } from './kernel/capabilities.js';
export { type ForeignFile, FileTable, type MapFile, type OpenFile, type ProgramFile } from './kernel/files.js';
export type { Rules } from './kernel/inner-match.js';
export { Kernel, type KernelHooks, type KernelOptions } from './kernel/kernel.js';
export type { MapObject, MapProperties, ProgramObject, ProgramParts } from './kernel/objects.js';
