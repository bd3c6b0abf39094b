import type { Area } from '../case.js';
import { functions } from './functions.js';

export const AREAS: readonly Area[] = [{ name: 'functions', cases: functions }];
