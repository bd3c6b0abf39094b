export { cName, codecOf, type FlatMember, flatMembers, isChar } from './from-btf.js';
export { rawBytes } from './text.js';
