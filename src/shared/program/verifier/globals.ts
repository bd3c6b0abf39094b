/** Global functions: verified on their own, for any arguments that fit their types. */
import type { Env } from './env.js';
import { simulate } from './simulate.js';
import { Flag, Kind } from './register-kinds.js';
import { DynptrKind, type Register } from './register.js';
import type { State } from './state.js';
import type { FunctionType } from './types.js';

/** Functions that are called from ones checked here come up in turn. */
export function checkGlobals(env: Env): void {
  const done = new Set<number>();
  for (let again = true; again; ) {
    again = false;
    env.subprograms.forEach((subprogram, index) => {
      if (index === 0 || !subprogram.isGlobal || !subprogram.called || done.has(index)) return;
      done.add(index);
      again = true;
      if (env.log.detailed) env.log.line(`Validating ${subprogram.info?.name}() func#${index}...`);
      simulate(env, index, (state) => setParameters(env, state, index));
      if (env.log.detailed) {
        env.log.line(`Func#${index} ('${subprogram.info?.name}') is safe for any args that match its prototype`);
      }
    });
  }
}

function setParameters(env: Env, state: State, index: number): void {
  const parameters = env.subprograms[index]?.info?.parameters ?? [];
  for (const [at, parameter] of parameters.entries()) setParameter(env, state.current.register(at + 1), parameter);
}

function setParameter(env: Env, r: Register, parameter: FunctionType): void {
  switch (parameter.kind) {
    case 'context':
      r.setPointer(Kind.CTX);
      return;
    case 'memory': {
      const flags = parameter.untrusted ? Flag.RDONLY | Flag.UNTRUSTED : parameter.nonNull ? 0 : Flag.MAYBE_NULL;
      r.setPointer(Kind.MEM | flags);
      r.memSize = parameter.size;
      r.id = (flags & Flag.MAYBE_NULL) === 0 ? 0 : env.newId();
      return;
    }
    case 'dynptr':
      r.setPointer(Kind.DYNPTR);
      r.dynptr = DynptrKind.LOCAL;
      r.firstSlot = true;
      r.id = env.newId();
      return;
    case 'object':
      r.setPointer(
        Kind.BTF_ID | (parameter.trusted ? Flag.TRUSTED : Flag.UNTRUSTED) | (parameter.nullable ? Flag.MAYBE_NULL : 0),
      );
      r.id = parameter.nullable ? env.newId() : 0;
      return;
    default:
      r.setUnknown(!env.bpfCapable);
  }
}
