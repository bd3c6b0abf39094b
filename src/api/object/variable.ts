import { type Codec, type CodecMemory, codecMemory } from '../../shared/codecs.js';
import { showAs } from '../../shared/inspect.js';
import type { ObjectVariableSpec } from '../../shared/object/index.js';
import { BpfError } from '../errors.js';
import type { CreatedMap } from './maps.js';
import type { RuntimeParts } from '../runtime/parts.js';

/** Bytes of a map's header: its elements follow. */
const HEADER = 256;

/** A global variable of a loaded object: its bytes are those that the programs see. */
export class ObjectVariable<T = unknown> {
  readonly name: string;
  /** Whether it lies in `.rodata`: it can be set in the spec only, before the load. */
  readonly constant: boolean;
  /** Bytes that it takes. */
  readonly size: number;
  readonly #codec: Codec<T>;
  readonly #memory: CodecMemory;
  #closed = false;

  static {
    showAs(
      ObjectVariable.prototype,
      () => 'ObjectVariable',
      (variable) => ({
        name: variable.name,
        constant: variable.constant,
        ...(variable.#closed ? { closed: true } : { value: variable.value }),
      }),
    );
  }

  /** Made by `runtime.loadObject()`. */
  constructor(parts: RuntimeParts, spec: ObjectVariableSpec, map: CreatedMap, codec: Codec<T>) {
    this.name = spec.name;
    this.constant = spec.constant;
    this.size = spec.size;
    this.#codec = codec;
    const { address } = parts.kernel.mapFile(map.fd, 'loadObject').map;
    this.#memory = codecMemory(parts.arena.memory.buffer, address + HEADER + spec.offset, spec.size);
  }

  /** The value at this moment. Larger than 8 bytes it may be half written, when a program is at it. Throws EBADF after the object was closed. */
  get value(): T {
    this.#check('get');
    return this.#codec.decode(this.#memory, 0);
  }

  /** Throws BpfError (EPERM) for a constant, EBADF after the object was closed, CodecError for a value that does not fit. */
  set value(value: T) {
    this.#check('set');
    if (this.constant)
      throw new BpfError(
        'EPERM',
        'set',
        `variable ${this.name}: a constant, whose map is frozen; set it in the spec before the load`,
      );
    // Encoded apart, so that a value that does not fit changes nothing.
    const copy = codecMemory(new ArrayBuffer(this.#codec.size));
    this.#codec.encode(value, copy, 0);
    this.#memory.u8.set(copy.u8);
  }

  /** Called by the object that has it: the map may be gone then. */
  detach(): void {
    this.#closed = true;
  }

  #check(operation: string): void {
    if (this.#closed) throw new BpfError('EBADF', operation, `variable ${this.name}: the object is closed`);
  }
}
