/** Global functions: verified on their own, for any arguments that fit their types. */
import type { Env } from './env.js';
import { simulate } from './simulate.js';
import { Flag, Kind } from './register-kinds.js';
import type { State } from './state.js';

/** Functions that are called from ones checked here come up in turn. */
export function checkGlobals(env: Env): void {
  const done = new Set<number>();
  for (let again = true; again; ) {
    again = false;
    env.subprograms.forEach((subprogram, index) => {
      if (!subprogram.isGlobal || !subprogram.called || done.has(index)) return;
      done.add(index);
      again = true;
      simulate(env, index, (state) => setParameters(env, state, index));
      if (env.log.detailed) {
        env.log.line(`Func#${index} ('${subprogram.info?.name}') is safe for any args that match its prototype`);
      }
    });
  }
}

function setParameters(env: Env, state: State, index: number): void {
  const parameters = env.subprograms[index]?.info?.parameters ?? [];
  parameters.forEach((parameter, at) => {
    const r = state.current.register(at + 1);
    switch (parameter.kind) {
      case 'scalar':
        r.setUnknown(!env.bpfCapable);
        return;
      case 'context':
        r.setPointer(Kind.CTX);
        return;
      case 'memory':
        r.setPointer(Kind.MEM | (parameter.nonNull ? 0 : Flag.MAYBE_NULL));
        r.memSize = parameter.size;
        r.id = parameter.nonNull ? 0 : env.newId();
        return;
      default:
        env.refuse(
          'EINVAL',
          `Global function ${env.subprograms[index]?.info?.name}() has an argument that cannot be checked`,
        );
    }
  });
}
