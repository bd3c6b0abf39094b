/**
 * LPM_TRIE: a binary trie of prefixes with path compression (SPEC §4.5, §9.3).
 *
 * A node is an element of the pool (pool.ts): next = child 0, word = child 1 and, in bit 0, whether the node is only a
 * fork; then the key (prefix length, data) and the value. The root word is the map's first type word. Writers hold the
 * map's lock; readers go from word to word by atomic loads.
 *
 * Fact 1. Each change is published by one store of one child word (or of the fork bit, which lies in one):
 *     insert under a fork or leaf   the word that was 0 <- new
 *     replace                       the word <- new node, which has the old one's children
 *     insert above a node           the word <- new node, whose child is that node
 *     insert beside a node          the word <- a fork, whose children are the node and the new one
 *     delete, two children          the node's fork bit <- 1: the node stays as a fork
 *     delete, one child             the word <- that child
 *     delete, no child, fork above  the word above the fork <- the fork's other child; fork and node go
 *   So a thread that stops anywhere leaves the trie as it was or as it was to be; elements in hand are found by recovery.
 * Fact 2. A reader on a node that was just unlinked goes on through children that were in the trie when it was: it sees
 *   the state before the change, or a mixture with later changes below, each of which is a state of those keys.
 * Fact 3. An unlinked node keeps its words until no reader can be on it. A key that is replaced is reached through the
 *   old node or the new one, so that it is never missed.
 * Fact 4. A mixture of two changes may be a state that never was: a short prefix is passed, then deleted, then a longer
 *   one is deleted before the walk comes to it; the short one was the answer at no time. So a look-up that saw the version
 *   change starts over [L1]: with the version as it was, at most one publication fell into the walk, which then saw the
 *   state before it or after it.
 * Fact 5. Prefix lengths grow strictly on the way down, so that every walk ends.
 */
import { MUTANT, MUTANT_TRIE_MIXTURE } from '../build';
import { EEXIST, EINVAL, ENOENT, ENOMEM, ENOSPC } from '../errno';
import {
  EXIST, MAP_GROWTH_LIMIT, MAP_KEY_SIZE, MAP_LOCK, MAP_MAX_ENTRIES, MAP_TYPE_WORDS, MAP_VALUE_OFFSET, MAP_VALUE_SIZE, NOEXIST, roundUp,
} from '../layout';
import { beginOperation, endOperation } from '../operations';
import { ELEMENT_KEY, ELEMENT_NEXT, ELEMENT_WORD, initPool, isFull, releaseEntry, reserveEntry, retireElement, returnElement, takeElement } from '../pool';
import { mark, newMark, recoverPool } from '../pool-recovery';
import { step } from '../step';
import { readValue, writeFreshValue } from '../values';
import { bitAt, commonBits, dataWord, maxPrefix, prefixOf } from './lpm-key';

export const ROOT: usize = MAP_TYPE_WORDS;
/** u32: counted up before each publication. Writer: the holder of the map's lock. */
const VERSION: usize = MAP_TYPE_WORDS + 4;
const FORK: u32 = 1;

export function lpmBytes(): u64 {
  return 8;
}

export function lpmInit(map: usize): void {
  const offset = <u32>roundUp(<u64>ELEMENT_KEY + load<u32>(map + MAP_KEY_SIZE), 8);
  store<u32>(map + MAP_VALUE_OFFSET, offset);
  initPool(map, <u32>roundUp(<u64>offset + load<u32>(map + MAP_VALUE_SIZE), 8), 0, 0);
  // A trie of n prefixes has at most n − 1 forks.
  const limit = <u64>load<u32>(map + MAP_GROWTH_LIMIT) + load<u32>(map + MAP_MAX_ENTRIES);
  store<u32>(map + MAP_GROWTH_LIMIT, <u32>min(limit, <u64>u32.MAX_VALUE));
}

/** Value address of the longest prefix that matches, or 0. */
export function lpmFind(map: usize, key: usize): usize {
  const most = maxPrefix(map);
  const length = prefixOf(key);
  if (length > most) return 0;
  while (true) {
    const version = atomic.load<u32>(map + VERSION);
    const best = most <= 32 ? findShort(map, key, length) : findLong(map, key, length);
    if (atomic.load<u32>(map + VERSION) != version && MUTANT != MUTANT_TRIE_MIXTURE) continue; // [L1] the version changes before each publication
    return best == 0 ? 0 : best + load<u32>(map + MAP_VALUE_OFFSET);
  }
}

/** Data of at most four bytes, as one word. What is read behind shorter ones does not count: lengths are below it. */
function findShort(map: usize, key: usize, length: u32): usize {
  const bits = dataWord(key);
  let best: usize = 0;
  let node = <usize>atomic.load<u32>(map + ROOT);
  while (node != 0) {
    step();
    const own = prefixOf(node + ELEMENT_KEY);
    if (own > length) break;
    const difference = bits ^ dataWord(node + ELEMENT_KEY);
    if (own != 0 && difference >>> (32 - own) != 0) break;
    const one = atomic.load<u32>(node + ELEMENT_WORD);
    if ((one & FORK) == 0) best = node;
    if (own == length) break;
    node = <i32>(bits << own) < 0 ? <usize>(one & ~FORK) : <usize>atomic.load<u32>(node + ELEMENT_NEXT);
  }
  return best;
}

function findLong(map: usize, key: usize, length: u32): usize {
  let best: usize = 0;
  let node = <usize>atomic.load<u32>(map + ROOT);
  while (node != 0) {
    step();
    const own = prefixOf(node + ELEMENT_KEY);
    if (own > length) break;
    if (commonBits(node + ELEMENT_KEY, key, own) < own) break;
    const one = atomic.load<u32>(node + ELEMENT_WORD);
    if ((one & FORK) == 0) best = node;
    if (own == length) break;
    node = bitAt(key, own) != 0 ? <usize>(one & ~FORK) : <usize>atomic.load<u32>(node + ELEMENT_NEXT);
  }
  return best;
}

export function lpmRead(map: usize, out: usize, value: usize): void {
  readValue(map, out, value);
}

export function childOf(node: usize, bit: u32): usize {
  return bit != 0 ? <usize>(atomic.load<u32>(node + ELEMENT_WORD) & ~FORK) : <usize>atomic.load<u32>(node + ELEMENT_NEXT);
}

export function isFork(node: usize): bool {
  return (atomic.load<u32>(node + ELEMENT_WORD) & FORK) != 0;
}

/** Word that leads to the child. */
function childWord(node: usize, bit: u32): usize {
  return node + (bit != 0 ? ELEMENT_WORD : ELEMENT_NEXT);
}

// ---- update ----

/** 0, -EINVAL (flags, prefix length), -EEXIST, -ENOENT, -ENOSPC, -ENOMEM, -ETIMEDOUT. */
export function lpmUpdate(map: usize, key: usize, value: usize, flags: u32): i32 {
  if (flags > EXIST || prefixOf(key) > maxPrefix(map)) return -EINVAL;
  const failed = beginOperation(map, map + MAP_LOCK);
  if (failed != 0) return failed;
  const result = insert(map, key, value, flags);
  endOperation(map + MAP_LOCK);
  return result;
}

function insert(map: usize, key: usize, value: usize, flags: u32): i32 {
  const length = prefixOf(key);
  let word = map + ROOT;
  let node = targetOf(word);
  let common: u32 = 0;
  while (node != 0) {
    const own = prefixOf(node + ELEMENT_KEY);
    common = commonBits(node + ELEMENT_KEY, key, min(own, length));
    if (common != own || own == length) break;
    word = childWord(node, bitAt(key, own));
    node = targetOf(word);
  }
  const same = node != 0 && common == length && prefixOf(node + ELEMENT_KEY) == length;
  const present = same && !isFork(node);
  if (present && flags == NOEXIST) return -EEXIST;
  if (!present && flags == EXIST) return -ENOENT;
  if (!present && isFull(map)) return -ENOSPC;
  return place(map, word, node, key, value, common, same, present);
}

function place(map: usize, word: usize, node: usize, key: usize, value: usize, common: u32, same: bool, present: bool): i32 {
  const fresh = takeElement(map);
  if (fresh == 0) return -ENOMEM;
  fill(map, fresh, key, value);
  if (same) {
    setChildren(fresh, childOf(node, 0), childOf(node, 1), 0);
    if (!present) reserveEntry(map);
    link(map, word, fresh);
    retireElement(map, node);
    return 0;
  }
  if (node == 0 || common == prefixOf(key)) {
    const bit = node == 0 ? 0 : bitAt(node + ELEMENT_KEY, prefixOf(key));
    setChildren(fresh, bit == 0 ? node : 0, bit == 0 ? 0 : node, 0);
  } else {
    const fork = takeElement(map);
    if (fork == 0) {
      returnElement(map, fresh);
      return -ENOMEM;
    }
    setChildren(fresh, 0, 0, 0);
    fillFork(map, fork, node, common);
    const bit = bitAt(key, common);
    setChildren(fork, bit == 0 ? fresh : node, bit == 0 ? node : fresh, FORK);
    reserveEntry(map);
    link(map, word, fork);
    return 0;
  }
  reserveEntry(map);
  link(map, word, fresh);
  return 0;
}

function fill(map: usize, node: usize, key: usize, value: usize): void {
  step();
  memory.copy(node + ELEMENT_KEY, key, load<u32>(map + MAP_KEY_SIZE));
  writeFreshValue(map, node + load<u32>(map + MAP_VALUE_OFFSET), value);
}

/** A fork's key is the common part of the keys below it; the bits behind it do not matter. */
function fillFork(map: usize, fork: usize, below: usize, length: u32): void {
  step();
  memory.copy(fork + ELEMENT_KEY, below + ELEMENT_KEY, load<u32>(map + MAP_KEY_SIZE));
  store<u32>(fork + ELEMENT_KEY, length);
}

function setChildren(node: usize, zero: usize, one: usize, fork: u32): void {
  step();
  atomic.store<u32>(node + ELEMENT_NEXT, <u32>zero);
  step();
  atomic.store<u32>(node + ELEMENT_WORD, <u32>one | fork);
}

/** What a child word leads to: the word of child 1 has the fork bit of its own node. */
function targetOf(word: usize): usize {
  return <usize>(atomic.load<u32>(word) & ~FORK);
}

/** The publication: one store that keeps the fork bit of the node the word lies in. */
function link(map: usize, word: usize, node: usize): void {
  countVersion(map);
  step();
  atomic.store<u32>(word, <u32>node | (atomic.load<u32>(word) & FORK));
}

function countVersion(map: usize): void {
  step();
  atomic.store<u32>(map + VERSION, atomic.load<u32>(map + VERSION) + 1); // [L1] the version changes before each publication
}

// ---- delete ----

/** 0, -EINVAL (prefix length), -ENOENT, -ETIMEDOUT. */
export function lpmRemove(map: usize, key: usize): i32 {
  if (prefixOf(key) > maxPrefix(map)) return -EINVAL;
  const failed = beginOperation(map, map + MAP_LOCK);
  if (failed != 0) return failed;
  const result = remove(map, key);
  endOperation(map + MAP_LOCK);
  return result;
}

function remove(map: usize, key: usize): i32 {
  const length = prefixOf(key);
  let word = map + ROOT;
  let above: usize = 0;
  let parent: usize = 0;
  let node = targetOf(word);
  while (node != 0) {
    const own = prefixOf(node + ELEMENT_KEY);
    if (own > length || commonBits(node + ELEMENT_KEY, key, own) < own) return -ENOENT;
    if (own == length) break;
    above = word;
    parent = node;
    word = childWord(node, bitAt(key, own));
    node = targetOf(word);
  }
  if (node == 0 || isFork(node)) return -ENOENT;
  unlink(map, node, word, parent, above);
  releaseEntry(map);
  return 0;
}

function unlink(map: usize, node: usize, word: usize, parent: usize, above: usize): void {
  const zero = childOf(node, 0);
  const one = childOf(node, 1);
  if (zero != 0 && one != 0) {
    countVersion(map);
    step();
    atomic.store<u32>(node + ELEMENT_WORD, <u32>one | FORK);
    return;
  }
  if (zero == 0 && one == 0 && parent != 0 && isFork(parent)) {
    link(map, above, childOf(parent, word == childWord(parent, 0) ? 1 : 0));
    retireElement(map, parent);
  } else {
    link(map, word, zero != 0 ? zero : one);
  }
  retireElement(map, node);
}

// ---- recovery ----

/** Mark what the root leads to, in post-order by the keys, and have the pool find the rest. */
export function lpmRecover(map: usize): void {
  const value = newMark();
  const live = markBelow(<usize>atomic.load<u32>(map + ROOT), value);
  recoverPool(map, live, value);
}

/** At most 2,049 levels: prefix lengths grow on the way down. */
function markBelow(node: usize, value: u32): u32 {
  if (node == 0) return 0;
  mark(node, value);
  const own: u32 = isFork(node) ? 0 : 1;
  return own + markBelow(childOf(node, 0), value) + markBelow(childOf(node, 1), value);
}
