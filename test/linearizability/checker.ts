/**
 * Is a concurrent history linearizable? The search of Wing and Gong ("Testing and verifying concurrent objects", 1993)
 * with Lowe's memory of configurations ("Testing for linearizability", 2017): an operation may come next when no
 * operation that is still to come returned before it was called; a set of operations done together with the state
 * they led to need not be tried twice.
 */

/** A lock's bound was reached: no effect. */
const ETIMEDOUT = -110;

export interface Call {
  readonly thread: number;
  readonly kind: number;
  readonly key: number;
  readonly value: number;
  /** Ticks of one clock for all threads. */
  readonly invoked: number;
  readonly returned: number;
  readonly result: number;
}

/** A sequential object. States are text, so that equal ones are found again. */
export interface Model {
  readonly start: string;
  /** The states that the call may lead to with the result it had; none: it cannot have had that result here. */
  next(state: string, call: Call, isDisturbed: boolean): readonly string[];
}

/** An order in which the calls could have happened one after another, or null. At most 30 calls. */
export function linearization(calls: readonly Call[], model: Model): number[] | null {
  const disturbed = calls.map((call) => calls.some((other) => other !== call && overlap(call, other)));
  const all = 2 ** calls.length - 1;
  const tried = new Set<string>();
  const order: number[] = [];
  const search = (done: number, state: string): boolean => {
    if (done === all) return true;
    const configuration = `${done} ${state}`;
    if (tried.has(configuration)) return false;
    tried.add(configuration);
    const left = calls.map((_, index) => index).filter((index) => (done & (1 << index)) === 0);
    const firstReturn = Math.min(...left.map((index) => (calls[index] as Call).returned));
    for (const index of left) {
      const call = calls[index] as Call;
      if (call.invoked > firstReturn) continue;
      order.push(index);
      const states = call.result === ETIMEDOUT ? [state] : model.next(state, call, disturbed[index] as boolean);
      for (const next of states) {
        if (search(done | (1 << index), next)) return true;
      }
      order.pop();
    }
    return false;
  };
  return search(0, model.start) ? order : null;
}

export function overlap(a: Call, b: Call): boolean {
  return a.thread !== b.thread && a.invoked < b.returned && b.invoked < a.returned;
}

export function show(calls: readonly Call[]): string {
  return [...calls]
    .sort((a, b) => a.invoked - b.invoked)
    .map(
      ({ thread, kind, key, value, invoked, returned, result }) =>
        `  [${invoked}, ${returned}] thread ${thread}: ${KINDS[kind]}(${key}, ${value}) = ${result}`,
    )
    .join('\n');
}

export const GET = 0;
export const SET = 1;
export const SET_NEW = 2;
export const SET_OLD = 3;
export const DELETE = 4;
export const TAKE = 5;
export const PUSH = 6;
export const PUSH_OVER = 7;
export const POP = 8;
export const PEEK = 9;
const KINDS = ['get', 'set', 'set NOEXIST', 'set EXIST', 'delete', 'take', 'push', 'push EXIST', 'pop', 'peek'];
