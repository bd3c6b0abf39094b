export { codecOf, flatMembers, isChar } from './from-btf.js';
export { rawBytes } from './text.js';
