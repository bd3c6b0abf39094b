import { type Channel, channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import { debuglog } from 'node:util';
import type { StallReport } from './stalls.js';

const debug = debuglog('innermap');

/** A line that a program printed with `bpf_trace_printk`. */
export interface PrintkEvent {
  readonly program: string;
  readonly programId: number;
  readonly cpu: number;
  readonly text: string;
  /** Thread of the worker that ran the program; 0 = the main thread (`testRun`). */
  readonly threadId: number;
}

export interface WorkerReadyEvent {
  readonly threadId: number;
  readonly slot: number;
  readonly cpu: number;
}

/** A thread of the pool has ended. */
export interface WorkerExitEvent {
  readonly threadId: number;
  /** Its reader slot, if it had come so far. */
  readonly slot: number | undefined;
}

/** A program trapped; its run is rejected with the same error. */
export interface TrapEvent {
  readonly error: Error;
}

/** Something failed that no call was waiting for. */
export interface FailureEvent {
  readonly error: Error;
}

/** A map was created by `createMap`. */
export interface MapCreateEvent {
  readonly id: number;
  readonly name: string;
  readonly type: string;
}

/** A slot of an outer map changed by `set`, `swap`, `replaceIf` or `delete`. Map ids; undefined = empty. */
export interface MapSwapEvent {
  readonly outer: number;
  readonly previous: number | undefined;
  readonly current: number | undefined;
}

/** What `runtime.on()` can listen to. */
export interface RuntimeEventMap {
  printk: PrintkEvent;
  /** A reader has been in one section for so long that retired memory waits for it. */
  stall: StallReport;
  'worker-ready': WorkerReadyEvent;
  'worker-exit': WorkerExitEvent;
  trap: TrapEvent;
  failure: FailureEvent;
  'map-create': MapCreateEvent;
  'map-swap': MapSwapEvent;
}

export type RuntimeEvent = keyof RuntimeEventMap;

/** The diagnostics channel of each event: `innermap:object:event`. */
export const CHANNELS: Readonly<Record<RuntimeEvent, string>> = {
  printk: 'innermap:program:printk',
  stall: 'innermap:reader:stall',
  'worker-ready': 'innermap:worker:ready',
  'worker-exit': 'innermap:worker:exit',
  trap: 'innermap:program:trap',
  failure: 'innermap:runtime:failure',
  'map-create': 'innermap:map:create',
  'map-swap': 'innermap:map:swap',
};

type Listener<Name extends RuntimeEvent> = (event: RuntimeEventMap[Name]) => void;

/**
 * The events of one runtime: to its listeners, and to the process-wide diagnostics channels.
 * A listener that throws does not disturb the runtime: its error becomes an uncaught exception.
 */
export class RuntimeEvents {
  readonly #emitter = new EventEmitter({ captureRejections: false });
  readonly #channels = new Map<RuntimeEvent, Channel>();

  constructor() {
    for (const name of Object.keys(CHANNELS) as RuntimeEvent[]) this.#channels.set(name, channel(CHANNELS[name]));
  }

  on<Name extends RuntimeEvent>(name: Name, listener: Listener<Name>): void {
    this.#emitter.on(checkName(name), listener);
  }

  once<Name extends RuntimeEvent>(name: Name, listener: Listener<Name>): void {
    this.#emitter.once(checkName(name), listener);
  }

  off<Name extends RuntimeEvent>(name: Name, listener: Listener<Name>): void {
    this.#emitter.off(checkName(name), listener);
  }

  /** Whether anyone would hear `name`: events on hot paths are not even built otherwise. */
  heard(name: RuntimeEvent): boolean {
    return debug.enabled || this.#emitter.listenerCount(name) > 0 || this.#channels.get(name)?.hasSubscribers === true;
  }

  emit<Name extends RuntimeEvent>(name: Name, event: RuntimeEventMap[Name]): void {
    if (debug.enabled) debug('%s %o', name, event);
    const target = this.#channels.get(name);
    if (target?.hasSubscribers) target.publish(event);
    try {
      this.#emitter.emit(name, event);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  }

  removeAll(): void {
    this.#emitter.removeAllListeners();
  }
}

function checkName<Name extends RuntimeEvent>(name: Name): Name {
  if (Object.hasOwn(CHANNELS, name)) return name;
  const known = Object.keys(CHANNELS).join(', ');
  throw Object.assign(new TypeError(`unknown event ${String(name)}: known events are ${known}`), {
    code: 'ERR_INNERMAP_UNKNOWN_EVENT',
  });
}
