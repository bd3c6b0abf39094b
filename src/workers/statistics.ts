import { STATISTICS } from './protocol.js';

/** The statistics record of one reader slot, as its holder writes it and as anyone reads it. */
export class ThreadStatistics {
  readonly #words: BigUint64Array;

  constructor(buffer: SharedArrayBuffer | ArrayBuffer, records: number, slot: number) {
    this.#words = new BigUint64Array(buffer, records + slot * STATISTICS.size, STATISTICS.size / 8);
  }

  ran(packets: number, nanoseconds: number): void {
    this.#add(STATISTICS.packets, packets);
    this.#add(STATISTICS.runs, 1);
    this.#add(STATISTICS.nanoseconds, Math.round(nanoseconds));
  }

  trapped(): void {
    this.#add(STATISTICS.traps, 1);
  }

  lineDropped(): void {
    this.#add(STATISTICS.droppedLines, 1);
  }

  read(): { packets: number; runs: number; nanoseconds: number; traps: number; droppedLines: number } {
    return {
      packets: this.#get(STATISTICS.packets),
      runs: this.#get(STATISTICS.runs),
      nanoseconds: this.#get(STATISTICS.nanoseconds),
      traps: this.#get(STATISTICS.traps),
      droppedLines: this.#get(STATISTICS.droppedLines),
    };
  }

  #get(offset: number): number {
    return Number(Atomics.load(this.#words, offset / 8));
  }

  #add(offset: number, amount: number): void {
    Atomics.add(this.#words, offset / 8, BigInt(amount));
  }
}
