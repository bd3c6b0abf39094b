/** BTF: types of programs and map values, as plain data. */
export { BtfError } from '../errors.js';
export * from './check.js';
export * from './extension.js';
export * from './fields.js';
export * from './layout.js';
export { readBtf } from './read.js';
export * from './types.js';
export { BtfBuilder, writeBtf } from './write.js';
