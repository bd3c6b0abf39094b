/** innermap: a user-space BPF runtime whose maps live in shared memory, built around map-in-map. */
export { Runtime } from './api/runtime.js';
export type { RuntimeOptions } from './api/runtime/options.js';
export type { InnerOptions } from './api/runtime/create-inner.js';
export type { InnerTemplate } from './api/runtime/template.js';
export { EnvironmentError } from './api/runtime/arena.js';
export { OptionError } from './api/options.js';
export { BpfError, CoreTrapError } from './api/errors.js';
export type { Explanation } from './shared/program/verifier/types.js';
export { AbortError, TimeoutError, type WaitOptions } from './api/grace-periods.js';
export { PoolError, ProgramTrapError } from './api/pool/errors.js';
export { BulkWriteError } from './api/map.js';
export type * from './api/map/types.js';
export type { MapOf, MapSpec } from './api/map.js';
export {
  Program,
  type ProgramLoop,
  type ProgramLoopOptions,
  type ProgramLoopResult,
  type ProgramRunOptions,
  type ProgramRunResult,
  type ProgramTestOptions,
  type ProgramTestResult,
  type ProgramTypeName,
  type ProgramWarning,
  type SourceLine,
  type TraceStep,
} from './api/program.js';
export type { ProgramSpec } from './api/runtime/load-program.js';
export type { RuntimeStats, WorkerStatistics, WorkerStats } from './api/stats.js';
export {
  CHANNELS,
  type FailureEvent,
  type MapCreateEvent,
  type MapSwapEvent,
  type PrintkEvent,
  type RuntimeEvent,
  type RuntimeEventMap,
  type TrapEvent,
  type WorkerExitEvent,
  type WorkerReadyEvent,
} from './api/events.js';
export type { AttributeObject, BpfAttributes, RawAttributes } from './api/syscall/attributes.js';
export type { MappingOptions } from './api/syscall/mmap.js';
export type { Readiness } from './api/syscall/poll.js';
export type { BpfCommand, CallOptions } from './api/syscall/syscalls.js';
export { type MappingHandle, MappingError, MemoryMapping, openMapping } from './shared/mapping.js';
export type { StallReport } from './api/stalls.js';
export {
  array,
  bool,
  bytes,
  cidr4,
  cidr6,
  type Codec,
  CodecError,
  type CodecMemory,
  cstring,
  decode,
  encode,
  i8,
  i16,
  i32,
  i64,
  number53,
  PerCpuValues,
  type PrefixCodec,
  spinLock,
  type SpinLockCodec,
  struct,
  type SumOf,
  u8,
  u16,
  u16be,
  u32,
  u32be,
  u64,
  u64be,
  type ValueOf,
} from './api/codecs.js';
export { AssemblyError } from './shared/program/asm/index.js';
export type { Instruction } from './shared/program/insn/instruction.js';
export { Errno, type ErrnoName } from './shared/errno.js';
export { Command, MapFlags, MapType, ProgramFlags, ProgramType, UpdateFlags } from './shared/uapi.js';
export {
  BtfError,
  type KconfigValue,
  ObjectError,
  type ObjectErrorCode,
  type ReadObjectOptions,
  readObject,
  readVariable,
  typesOf,
  writeVariable,
} from './shared/object/index.js';
export type {
  ObjectMapReference,
  ObjectMapSpec,
  ObjectProgramSpec,
  ObjectSpec,
  ObjectVariableSpec,
} from './shared/object/index.js';
export { type Assembled, type AssembleOptions, assemble } from './shared/program/asm/index.js';
export { type DisassembleOptions, disassemble, formatInstruction } from './shared/program/disasm/index.js';
export { decode as decodeInstructions, encode as encodeInstructions } from './shared/program/insn/codec.js';
export {
  type AnyObjectTypes,
  type LoadedObject,
  type LoadObjectOptions,
  ObjectProgramError,
  type ObjectTypes,
  type ObjectVariable,
} from './api/object/index.js';
export { SaveError, type SaveErrorCode } from './api/save.js';
