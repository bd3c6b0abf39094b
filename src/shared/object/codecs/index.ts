export { codecOf, flatMembers, isChar } from './from-btf.js';
export { codecOfType, type PortableType, portableType } from './portable.js';
export { rawBytes } from './text.js';
