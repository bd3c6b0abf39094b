/** What the core exports. JavaScript sees it through `src/shared/core-exports.ts`. */
export { arenaCheck, arenaInit, possibleCpus } from './superblock';
export { arenaUsedBytes, memoryAllocate, memoryFree } from './heap';
export { freeChunkCount } from './chunks';
export {
  claimSlot, cpuAddress, currentCpu, leaseCpu, releaseCpu, releaseSlot, setCpu, setProgram, slotCount, slotCpu, slotIncarnation, slotKind, slotProgram,
  slotPark, slotRun, slotScratch,
} from './slots';
export { currentSlot } from './self';
export { recover, recoverSelf } from './recover';
export { setLockTimeout, setMayBlock } from './locks';
export { abandonSection, awaitEpoch, enter, eventAddress, leave, quiescedPast, readEpoch, sectionDepth, slotEpoch } from './epochs';
export { freedMaps, mapCreate, mapReap, mapRetire, retiredBytes, retiredMaps, setMaxRetiredBytes, setPoison, bytesOf as mapBytes } from './maps';
export { mapById } from './id-table';
export {
  arrayFill, elementCount, elementDelete, elementFind, elementLookup, elementLookupLocked, elementNextKey, elementUpdate, elementUpdateMany, elementTake, lastError, trieNextEntry,
  nestedLookup, outerFind,
} from './elements';
export { arrayOfMapsExchange } from './types/array-of-maps';
export { hashOfMapsDelete, hashOfMapsUpdate } from './types/hash-of-maps';
export { batchNext, hashBatch } from './types/hash-walk';
export { hashBucketOf, hashLockOf } from './types/hash-layout';
export { poolCensus } from './pool-recovery';
export { lookup_hash_16, lookup_hash_4, lookup_hash_8, lookup_hash_n, lookup_hash_of_maps } from './types/hash-lookup';
export { batchPosition, helper_23, runBatch, runFinish, runPrepare, runRepeat, runResultHigh } from './run/batch';
export * from './packet/index';
export { setStep, stepCount } from './step';
export { queuePeek, queuePop, queuePush } from './types/queue-stack';
export { bloomAdd, bloomTest } from './types/bloom-filter';
export { progArrayGet, progArraySet, resetTailCalls as beginRun, tail_call_target } from './types/prog-array';
export { perfEventSet } from './types/perf-event-array';
export { ringbufConsume, ringbufEvent, ringbufNext, ringbufOutputF64 as ringbufOutput, ringbufQueryF64 as ringbufQuery, ringData } from './rings';
export { userRingbufOutput } from './types/user-ringbuf';
export { helper_1, helper_2, helper_25, helper_3, helper_87, helper_88, helper_89, helper_195, lookup_any } from './program/maps';
export { helper_130, helper_131, helper_132, helper_133, helper_134, helper_209 } from './program/rings';
export { helper_197, helper_198, helper_199, helper_200, helper_201, helper_202, helper_203 } from './program/dynptr';
export { helper_93, helper_94 } from './program/locks';
export { helper_181, helper_182, helper_42, helper_7, helper_8, prandom, seedRandom } from './program/misc';
export { helper_164 } from './program/for-each';
export {
  lookup_array, lookup_hash_of_maps_4, lookup_lpm_trie, lookup_lru_hash, lookup_percpu_array, lookup_percpu_hash,
} from './program/lookups';
