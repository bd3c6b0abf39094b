import type { Area } from '../case.js';
import { callbacks } from './callbacks.js';
import { functions } from './functions.js';
import { locks } from './locks.js';
import { hostile } from './hostile.js';
import { loops } from './loops.js';
import { maps } from './maps.js';
import { references } from './references.js';

export const AREAS: readonly Area[] = [
  { name: 'functions', cases: functions },
  { name: 'callbacks', cases: callbacks },
  { name: 'loops', cases: loops },
  { name: 'hostile', cases: hostile },
  { name: 'locks', cases: locks },
  { name: 'references', cases: references },
  { name: 'maps', cases: maps },
];
