/** Functions of the program that helpers call: entered as another path, or verified as a program of their own. */
import type { ProgramMap } from '../../types.js';
import type { Env, Subprogram } from '../env.js';
import * as Id from '../helper-ids.js';
import { markPrecise } from '../precision/chain.js';
import { pushFreshPath, pushPath } from '../paths.js';
import { Kind } from '../register-kinds.js';
import { DynptrKind } from '../register.js';
import { lessUnsigned } from '../scalar/int64.js';
import { type Frame, State } from '../state.js';
import { canIterate } from './map-rules.js';
import type { Meta } from './meta.js';
import { enterFrame, newFrame } from './subprogram.js';

type SetArguments = (caller: Frame, callee: Frame) => void;

function setMapArguments(callee: Frame, map: ProgramMap | null, mapUid: number): void {
  for (const [number, kind] of [
    [2, Kind.MAP_KEY],
    [3, Kind.MAP_VALUE],
  ] as const) {
    const r = callee.register(number).setPointer(kind);
    r.map = map;
    r.mapUid = mapUid;
  }
}

function enterCallback(env: Env, meta: Meta, set: SetArguments, max: number): void {
  const { state: current } = env;
  const subprogram = env.subprograms[meta.subprogram] as Subprogram;
  const path = pushPath(env, subprogram.start, env.slot);
  const callee = enterFrame(env, path, meta.subprogram, env.slot);
  env.touchEverything();
  set(current.current, callee);
  callee.inCallback = true;
  callee.returnMin = 0;
  callee.returnMax = max;
  path.callbackUnrollDepth++;
  path.frame(path.depth - 1).callbackDepth++;
  current.current.callbackDepth = 0;
}

function forEach(env: Env, meta: Meta): void {
  const map = meta.map as ProgramMap;
  if (!canIterate(map)) env.refuse('ENOTSUPP', 'callback function not allowed for map');
  enterCallback(
    env,
    meta,
    (caller, callee) => {
      callee.register(1).copyFrom(caller.register(1));
      setMapArguments(callee, map, meta.mapUid);
      callee.register(4).copyFrom(caller.register(3));
    },
    1,
  );
}

function loop(env: Env, meta: Meta): void {
  // The kernel's backtracking takes scalars only, and calls itself broken for what the prototype lets through.
  if (env.peek(1).type !== Kind.SCALAR) env.refuse('EFAULT', 'verifier bug: backtracking misuse');
  markPrecise(env, 1);
  const count = env.register(1);
  if (!lessUnsigned(env.frame.callbackDepth, 0, count.umaxLo, count.umaxHi)) {
    env.frame.callbackDepth = 0;
    if (env.log.everything) env.log.line(`frame${env.frame.number} bpf_loop iteration limit reached`);
    return;
  }
  enterCallback(
    env,
    meta,
    (caller, callee) => {
      callee.register(1).setUnknown(!env.bpfCapable);
      callee.register(2).copyFrom(caller.register(3));
    },
    1,
  );
}

/** The task, and one of its memory areas: objects of a kernel. */
function findVma(env: Env, meta: Meta): void {
  enterCallback(
    env,
    meta,
    (caller, callee) => {
      callee.register(1).copyFrom(caller.register(1));
      callee.register(2).setPointer(Kind.BTF_ID);
      callee.register(3).copyFrom(caller.register(4));
    },
    1,
  );
}

function drain(env: Env, meta: Meta): void {
  enterCallback(
    env,
    meta,
    (caller, callee) => {
      const r = callee.register(1).setPointer(Kind.DYNPTR);
      r.dynptr = DynptrKind.LOCAL;
      r.firstSlot = true;
      r.id = env.newId();
      callee.register(2).copyFrom(caller.register(3));
    },
    1,
  );
}

function timer(env: Env, meta: Meta): void {
  const subprogram = env.subprograms[meta.subprogram] as Subprogram;
  subprogram.isAsyncCallback = true;
  const state = new State();
  state.branches = 1;
  state.inSleepable = false;
  const callee = newFrame(-1, 0, meta.subprogram, !env.bpfCapable);
  callee.inAsyncCallback = true;
  env.touchEverything();
  callee.asyncEntry = env.frame.asyncEntry + 1;
  const map = callee.register(1).setPointer(Kind.MAP_PTR);
  map.map = meta.map;
  map.mapUid = meta.mapUid;
  setMapArguments(callee, meta.map, meta.mapUid);
  state.frames.push(callee);
  pushFreshPath(env, state, subprogram.start, env.slot);
}

/** Enqueue the callbacks of a helper call; the path itself goes on behind the call. */
export function followCallbacks(env: Env, meta: Meta): void {
  switch (meta.prototype.id) {
    case Id.FOR_EACH_MAP_ELEM:
      forEach(env, meta);
      return;
    case Id.LOOP:
      loop(env, meta);
      return;
    case Id.USER_RINGBUF_DRAIN:
      drain(env, meta);
      return;
    case Id.FIND_VMA:
      findVma(env, meta);
      return;
    case Id.TIMER_SET_CALLBACK:
      timer(env, meta);
      return;
    default:
  }
}
