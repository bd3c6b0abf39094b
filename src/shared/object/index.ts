/** Object files: reading what clang builds. */
export { BtfError, ObjectError, type ObjectErrorCode } from './errors.js';
export { type ReadObjectOptions, readObject } from './read-object.js';
export type { KconfigValue } from './relocation/externs.js';
export type * from './spec.js';
export { readVariable, writeVariable } from './variables.js';
export { typesOf } from './types-of.js';
