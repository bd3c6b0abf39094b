import type { Area } from '../case.js';
import { callbacks } from './callbacks.js';
import { capabilities } from './capabilities.js';
import { functions } from './functions.js';
import { instructions } from './instructions.js';
import { locks } from './locks.js';
import { hostile } from './hostile.js';
import { loops } from './loops.js';
import { maps } from './maps.js';
import { packets } from './packets.js';
import { references } from './references.js';
import { classes } from './classes.js';
import { pruning } from './pruning.js';
import { kptr } from './kptr.js';
import { storage } from './storage.js';

export const AREAS: readonly Area[] = [
  { name: 'functions', cases: functions },
  { name: 'callbacks', cases: callbacks },
  { name: 'loops', cases: loops },
  { name: 'hostile', cases: hostile },
  { name: 'locks', cases: locks },
  { name: 'references', cases: references },
  { name: 'maps', cases: maps },
  { name: 'instructions', cases: instructions },
  { name: 'packets', cases: packets },
  { name: 'capabilities', cases: capabilities },
  { name: 'classes', cases: classes },
  { name: 'pruning', cases: pruning },
  { name: 'kptr', cases: kptr },
  { name: 'storage', cases: storage },
];
