/** Walking an LPM_TRIE: post-order, 0-branch first (SPEC §9.3). Forks are invisible. */
import { ENOENT } from '../errno';
import { MAP_KEY_SIZE, MAP_VALUE_OFFSET } from '../layout';
import { ELEMENT_KEY } from '../pool';
import { readValue } from '../values';
import { bitAt, commonBits, maxPrefix, prefixOf } from './lpm-key';
import { childOf, isFork, ROOT } from './lpm-trie';

/** `key` 0, absent or invalid: the first. 0 or -ENOENT. */
export function lpmNextKey(map: usize, key: usize, out: usize): i32 {
  const next = nextNode(map, key);
  if (next == 0) return -ENOENT;
  memory.copy(out, next + ELEMENT_KEY, load<u32>(map + MAP_KEY_SIZE));
  return 0;
}

/** The same with the value of that very entry: a look-up afterwards might find a shorter prefix. */
export function lpmNextEntry(map: usize, key: usize, out: usize, value: usize): i32 {
  const next = nextNode(map, key);
  if (next == 0) return -ENOENT;
  memory.copy(out, next + ELEMENT_KEY, load<u32>(map + MAP_KEY_SIZE));
  readValue(map, value, next + load<u32>(map + MAP_VALUE_OFFSET));
  return 0;
}

function nextNode(map: usize, key: usize): usize {
  const root = <usize>atomic.load<u32>(map + ROOT);
  if (root == 0) return 0;
  return key == 0 || prefixOf(key) > maxPrefix(map) ? firstBelow(root) : successor(root, key);
}

/** A fork has two children when nobody is changing it; a leaf is no fork. */
function firstBelow(root: usize): usize {
  let node = root;
  while (true) {
    const zero = childOf(node, 0);
    const below = zero != 0 ? zero : childOf(node, 1);
    if (below == 0) return node;
    node = below;
  }
}

/** What comes behind the node of `key`; the first of all if there is no such node; 0 at the end. */
function successor(root: usize, key: usize): usize {
  const length = prefixOf(key);
  let node = root;
  // What comes once everything below `node` is done: a node, or with `descend` the first node below it.
  let after: usize = 0;
  let descend = false;
  while (node != 0) {
    const own = prefixOf(node + ELEMENT_KEY);
    if (own > length || commonBits(node + ELEMENT_KEY, key, own) < own) return firstBelow(root);
    if (own == length) {
      if (isFork(node)) return firstBelow(root);
      return descend ? firstBelow(after) : after;
    }
    const bit = bitAt(key, own);
    const one = childOf(node, 1);
    if (bit == 0 && one != 0) {
      after = one;
      descend = true;
    } else if (!isFork(node)) {
      after = node;
      descend = false;
    }
    node = childOf(node, bit);
  }
  return firstBelow(root);
}
