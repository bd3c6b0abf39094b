/** Loading object files into a runtime. */
export { loadObject } from './load.js';
export { LoadedObject } from './loaded-object.js';
export type { LoadObjectOptions } from './options.js';
export { ObjectProgramError } from './programs.js';
export type { AnyObjectTypes, ObjectTypes } from './types.js';
export { ObjectVariable } from './variable.js';
