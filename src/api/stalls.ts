/**
 * Reports of stalled readers: sections that hold up a grace period for long.
 *
 * The age of a section counts from the main thread's first sight of it, since a slot holds an epoch and no
 * time. A section is identified by (slot, incarnation, S): while a stamp is pending the global epoch lies
 * beyond it, so a later section of the same thread cannot block the stamp with the same S.
 */
import type { GraceArena } from './grace-periods/event-word.js';
import type { ArmedTimer, Scheduler } from './grace-periods/scheduler.js';

/** A read-side critical section that has held up a grace period for at least `stallAfter` milliseconds. */
export interface StallReport {
  /** Reader slot. */
  readonly slot: number;
  /** What the slot belongs to. */
  readonly kind: 'main' | 'worker' | 'reader';
  /** Thread id of the worker or reader thread, null when it is not known. */
  readonly worker: number | null;
  /** Name of the program that it runs, null when it runs none or the name is not known. */
  readonly program: string | null;
  /** Id of that program, null when the slot runs none. */
  readonly programId: number | null;
  /** Milliseconds since the main thread first saw the section: a lower bound of its age. */
  readonly ageMs: number;
  /** Bytes of retired maps that cannot be freed yet. */
  readonly bytesHeldBack: number;
}

/** What only the owners of slots know. */
export interface SlotDirectory {
  /** Thread id of the thread that holds `slot`, null when it is not known. */
  workerOf?(slot: number): number | null;
  /** Name of a program by its id, null when it is not known. */
  programName?(programId: number): string | null;
}

interface Sighting {
  readonly incarnation: number;
  readonly epoch: number;
  readonly firstSeen: number;
  reportAt: number;
}

export interface StallOptions {
  readonly stallAfter: number;
  readonly scheduler: Scheduler;
  readonly directory: SlotDirectory;
  readonly report: (report: StallReport) => void;
}

const KINDS = ['main', 'main', 'worker', 'reader'] as const;
const READER_KIND = 3;

export class StallWatch {
  readonly #core: GraceArena['core'];
  readonly #options: StallOptions;
  readonly #sightings = new Map<number, Sighting>();
  #stamp = 0;
  #timer: ArmedTimer | undefined;

  constructor(core: GraceArena['core'], options: StallOptions) {
    this.#core = core;
    this.#options = options;
  }

  /** `stamp` is pending: note who blocks it, and look again when the first of them may be reported. */
  watch(stamp: number): void {
    if (stamp === this.#stamp && this.#timer !== undefined) return;
    this.#stamp = stamp;
    this.#look();
    this.#timer?.cancel();
    this.#arm();
  }

  /** Nothing is pending any more. */
  idle(): void {
    this.#stamp = 0;
    this.#sightings.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #look(): void {
    const core = this.#core;
    const now = this.#options.scheduler.now();
    for (let slot = 0; slot < core.slotCount(); slot++) {
      const epoch = core.slotEpoch(slot);
      if (epoch === 0 || epoch > this.#stamp) {
        if (this.#sightings.size > 0) this.#sightings.delete(slot);
        continue;
      }
      const incarnation = core.slotIncarnation(slot);
      const known = this.#sightings.get(slot);
      if (known?.incarnation === incarnation && known.epoch === epoch) continue;
      const reportAt = now + this.#options.stallAfter;
      this.#sightings.set(slot, { incarnation, epoch, firstSeen: now, reportAt });
    }
  }

  #arm(): void {
    let first = Number.POSITIVE_INFINITY;
    for (const sighting of this.#sightings.values()) first = Math.min(first, sighting.reportAt);
    this.#timer = undefined;
    if (first === Number.POSITIVE_INFINITY) return;
    const { scheduler } = this.#options;
    // Half a millisecond more, so that a timer that rounds down does not fire ahead of its time.
    const delay = Math.max(1, first - scheduler.now() + 0.5);
    this.#timer = scheduler.after(delay, () => {
      this.#timer = undefined;
      this.#look();
      const due = this.#due();
      this.#arm();
      for (const report of due) this.#options.report(report);
    });
  }

  /** Reports that are due. The next one of the same section comes when its age has doubled. */
  #due(): StallReport[] {
    const now = this.#options.scheduler.now();
    const due: StallReport[] = [];
    for (const [slot, sighting] of this.#sightings) {
      if (now < sighting.reportAt) continue;
      const ageMs = now - sighting.firstSeen;
      sighting.reportAt = now + ageMs;
      due.push(this.#report(slot, ageMs));
    }
    return due;
  }

  #report(slot: number, ageMs: number): StallReport {
    const core = this.#core;
    const { directory } = this.#options;
    const kind = core.slotKind(slot);
    // A reader's program word holds its handle's token.
    const program = kind === READER_KIND ? 0 : core.slotProgram(slot);
    return {
      slot,
      kind: KINDS[kind] ?? 'main',
      worker: directory.workerOf?.(slot) ?? null,
      programId: program === 0 ? null : program,
      program: program === 0 ? null : (directory.programName?.(program) ?? null),
      ageMs,
      bytesHeldBack: core.retiredBytes(),
    };
  }
}
