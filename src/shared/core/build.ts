/**
 * The constants in which builds of the core differ. `scripts/core-builds.mjs` rewrites the numbers; every branch on
 * them is folded away. A mutant is one bug; each has to be found by the tests (see test/core and the torture tests).
 */

/** 1: `step()` counts shared stores and can trap or park the thread before any of them. */
export const STEPS: i32 = 0;

/** Which bug this build has; 0 = none. */
export const MUTANT: i32 = 0;
/** A map's stamp is read when it is published, not after it was unlinked. */
export const MUTANT_STAMP_BEFORE_UNLINK: i32 = 1;
/** The stamp is the epoch that this thread saw last, not the global one. */
export const MUTANT_LOCAL_STAMP: i32 = 2;
/** A reader announces itself only after it has loaded its first pointer. */
export const MUTANT_LOAD_BEFORE_ENTER: i32 = 3;
/** The scan leaves out one reader slot. */
export const MUTANT_SKIP_SLOT: i32 = 4;
/** Retired maps are freed without looking at the readers. */
export const MUTANT_FREE_EARLY: i32 = 5;
/** Elements that a dead thread had retired or taken are not found again. */
export const MUTANT_LOST_ON_DEATH: i32 = 6;
/** A reader that blocks many scans is taken for dead, and its slot cleared, before its thread has exited. */
export const MUTANT_CLEARED_BEFORE_EXIT: i32 = 7;
/** A deleted element is retired twice. */
export const MUTANT_DOUBLE_FREE: i32 = 8;
/** A replacement unlinks the old element before it links the new one. */
export const MUTANT_UNLINK_FIRST: i32 = 9;
/** A look-up that found nothing does not look at the bucket's head again. */
export const MUTANT_NO_RETRY: i32 = 10;
/** A retired element goes to the free pool at once. */
export const MUTANT_REUSE_AT_ONCE: i32 = 11;
/** Capacity is checked, then taken, in two steps. */
export const MUTANT_CAPACITY_RACE: i32 = 12;
/** A leaving reader reads the awaited epoch before it clears its slot. */
export const MUTANT_LOST_WAKE_UP: i32 = 13;
/** Recovery forgets to open the lock of the dead. */
export const MUTANT_LOCK_LEFT_CLOSED: i32 = 14;
/** A limbo batch is stamped before it is taken from the list of arrivals. */
export const MUTANT_LIMBO_STAMP_EARLY: i32 = 15;
/** A node of an LRU map that could not be given back, since the lock stayed closed, is forgotten. */
export const MUTANT_NODE_LOST: i32 = 16;
/** Recovery of a thread that died while it held off writers lets them in before the map is repaired. */
export const MUTANT_HOLD_OPENED: i32 = 17;
/** A ring's record loses its owner before it is committed. */
export const MUTANT_OWNER_FORGOTTEN: i32 = 18;
/** A look-up in a trie does not start over when the trie changed under it. */
export const MUTANT_TRIE_MIXTURE: i32 = 19;
/** A peek into a queue does not look whether its place was written anew. */
export const MUTANT_TORN_PEEK: i32 = 20;
