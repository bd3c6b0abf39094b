/** What the core exports. JavaScript sees it through `src/shared/core-exports.ts`. */
export { arenaCheck, arenaInit, possibleCpus } from './superblock';
export { arenaUsedBytes, memoryAllocate, memoryFree } from './heap';
export { freeChunkCount } from './chunks';
export {
  claimSlot, currentCpu, leaseCpu, releaseCpu, releaseSlot, setProgram, slotCount, slotCpu, slotIncarnation, slotKind, slotProgram,
  slotRun, slotScratch,
} from './slots';
export { currentSlot } from './self';
export { recover, recoverSelf } from './recover';
export { setLockTimeout, setMayBlock } from './locks';
export { awaitEpoch, enter, eventAddress, leave, quiescedPast, readEpoch, sectionDepth, slotEpoch } from './epochs';
export { freedMaps, mapCreate, mapReap, mapRetire, retiredBytes, retiredMaps, setMaxRetiredBytes, setPoison, bytesOf as mapBytes } from './maps';
export { mapById } from './id-table';
export {
  arrayFill, elementCount, elementDelete, elementFind, elementLookup, elementNextKey, elementUpdate, elementUpdateMany, lastError,
  outerFind,
} from './elements';
export { arrayOfMapsExchange } from './types/array-of-maps';
export { batchPosition, runBatch } from './run/batch';
export { setStep, stepCount } from './step';
