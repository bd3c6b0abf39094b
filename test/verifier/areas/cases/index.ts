import type { Area } from '../case.js';
import { callbacks } from './callbacks.js';
import { functions } from './functions.js';
import { loops } from './loops.js';

export const AREAS: readonly Area[] = [
  { name: 'functions', cases: functions },
  { name: 'callbacks', cases: callbacks },
  { name: 'loops', cases: loops },
];
