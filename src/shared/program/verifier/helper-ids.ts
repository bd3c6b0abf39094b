/** Numbers of the helpers that the verifier treats specially. */
export const MAP_LOOKUP = 1;
export const MAP_UPDATE = 2;
export const MAP_DELETE = 3;
export const TAIL_CALL = 12;
export const PERF_EVENT_OUTPUT = 25;
export const GET_STACKID = 27;
export const REDIRECT_MAP = 51;
export const GET_LOCAL_STORAGE = 81;
export const MAP_PUSH = 87;
export const MAP_POP = 88;
export const MAP_PEEK = 89;
export const SPIN_LOCK = 93;
export const SPIN_UNLOCK = 94;
export const RINGBUF_OUTPUT = 130;
export const RINGBUF_RESERVE = 131;
export const RINGBUF_SUBMIT = 132;
export const RINGBUF_DISCARD = 133;
export const RINGBUF_QUERY = 134;
export const FOR_EACH_MAP_ELEM = 164;
export const SNPRINTF = 165;
export const TIMER_INIT = 169;
export const TIMER_SET_CALLBACK = 170;
export const TIMER_START = 171;
export const TIMER_CANCEL = 172;
export const GET_FUNC_IP = 173;
export const LOOP = 181;
export const FIND_VMA = 180;
export const MAP_LOOKUP_PERCPU = 195;
export const DYNPTR_FROM_MEM = 197;
export const RINGBUF_RESERVE_DYNPTR = 198;
export const RINGBUF_SUBMIT_DYNPTR = 199;
export const RINGBUF_DISCARD_DYNPTR = 200;
export const DYNPTR_READ = 201;
export const DYNPTR_WRITE = 202;
export const DYNPTR_DATA = 203;
export const USER_RINGBUF_DRAIN = 209;

/** Helpers that call a function of the program before they return. */
export const SYNC_CALLBACK_HELPERS: ReadonlySet<number> = new Set([
  FOR_EACH_MAP_ELEM,
  FIND_VMA,
  LOOP,
  USER_RINGBUF_DRAIN,
]);
/** Helpers that keep a function of the program for later. */
export const ASYNC_CALLBACK_HELPERS: ReadonlySet<number> = new Set([TIMER_SET_CALLBACK]);
