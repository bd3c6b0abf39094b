/** A thread that works on one map until it is told to stop, and counts what must not happen. */
import { parentPort, workerData } from 'node:worker_threads';
import { type ArenaHandle, openArena } from '#dist/shared/arena.js';
import { deleteKey, setKey } from '../kill-points/operations.js';
import { scratchOf } from '../support.js';

export interface HammerTask {
  handle: ArenaHandle;
  map: number;
  /** i32 word: 1 = stop. */
  stop: number;
  role: 'replace' | 'look up' | 'insert and delete';
  keys: number[];
  /** Tells the writers' values apart. */
  tag: number;
}

export interface HammerResult {
  slot: number;
  rounds: number;
  violations: string[];
}

const ENOENT = -2;
const E2BIG = -7;
const LEAST = 1024;
const ETIMEDOUT = -110;

const task = workerData as HammerTask;
const arena = openArena(task.handle);
const slot = arena.core.claimSlot(2);
const violations: string[] = [];
const stopped = () => Atomics.load(arena.i32, task.stop / 4) !== 0;

function report(what: string): void {
  if (violations.length < 5) violations.push(what);
}

function taggedValue(key: number, round: number): number {
  return (key << 20) | (round & 0xfffff);
}

/** Each key of ours is there throughout, so a look-up has to find it, with a value that was written for it. */
function lookUp(round: number): void {
  const { key: at, out } = scratchOf(arena);
  const key = task.keys[round % task.keys.length]!;
  arena.u32[at / 4] = key;
  if (arena.core.elementLookup(task.map, at, out) !== 0) report(`key ${key} was missed`);
  else if (arena.u32[out / 4]! >>> 20 !== key) report(`key ${key} has the value ${arena.u32[out / 4]} of another`);
}

function replace(round: number): void {
  const key = task.keys[round % task.keys.length]!;
  const result = setKey(arena, task.map, key, taggedValue(key, round));
  if (result !== 0 && result !== ETIMEDOUT) report(`replacing ${key}: ${result}`);
}

function insertAndDelete(round: number): void {
  const key = task.keys[round % task.keys.length]!;
  const inserted = setKey(arena, task.map, key, taggedValue(key, round));
  if (inserted === E2BIG || inserted === ETIMEDOUT) return;
  if (inserted !== 0) report(`inserting ${key}: ${inserted}`);
  let deleted = deleteKey(arena, task.map, key);
  while (deleted === ETIMEDOUT) deleted = deleteKey(arena, task.map, key);
  if (deleted === ENOENT) report(`${key} was gone`);
}

const WORK = { replace, 'look up': lookUp, 'insert and delete': insertAndDelete };
const work = WORK[task.role];
let rounds = 0;
// A thread that started late has its share nevertheless.
while (rounds < LEAST || !stopped()) for (let burst = 0; burst < 256; burst++) work(rounds++);
const result: HammerResult = { slot, rounds, violations };
arena.core.releaseSlot();
parentPort!.postMessage(result);
