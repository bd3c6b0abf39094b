/** What a helper takes and gives, as data. */

/**
 * Kinds of arguments. `?` at the end: NULL is allowed.
 * `mem`, `out`: memory whose size the next argument gives, read or (`out`: uninitialised allowed) written;
 * `inout`: written, and must be initialised. `fixed8`, `fixed4`: aligned memory of that size, written;
 * `read20`, `read40`: memory of that size, read. `task`, `percpu`: pointers to objects of the kernel.
 * `value`, `key`: of the map in the call; `outvalue`: written. `record`: a ring-buffer record given back.
 */
export type ArgumentKind =
  | 'any'
  | 'map'
  | 'key'
  | 'value'
  | 'value?'
  | 'outvalue'
  | 'ctx'
  | 'mem'
  | 'mem?'
  | 'out'
  | 'out?'
  | 'inout'
  | 'fixed8'
  | 'fixed4'
  | 'size'
  | 'size0'
  | 'record'
  | 'allocsize'
  | 'lock'
  | 'timer'
  | 'kptr'
  | 'func'
  | 'stack?'
  | 'string'
  | 'dynptr'
  | 'newdynptr:local'
  | 'newdynptr:ringbuf'
  | 'enddynptr'
  | 'sock'
  | 'sockcommon'
  | 'task'
  | 'task?'
  | 'percpu'
  | 'ctx?'
  | 'read20'
  | 'read40';

export type ReturnKind =
  | 'int'
  | 'void'
  | 'value'
  | 'value?'
  | 'record?'
  | 'slice?'
  | 'sock?'
  | 'sock_common?'
  | 'tcp_sock?'
  | 'btf?'
  | 'task';

export interface Prototype {
  readonly id: number;
  /** The kernel's name, `bpf_…`. */
  readonly name: string;
  readonly args: readonly ArgumentKind[];
  readonly returns: ReturnKind;
  readonly gplOnly: boolean;
  /** Packet pointers may be given as memory. */
  readonly packetAccess: boolean;
  /** Moves or resizes the packet: every packet pointer is lost. */
  readonly changesPacket: boolean;
  readonly acquires: boolean;
  /** The result is another view of the argument, and shares its reference. */
  readonly casts: boolean;
  readonly mightSleep: boolean;
  /** False: the kernel has it, and the verifier here knows only its name. */
  readonly modelled: boolean;
}
