/**
 * Programs near the border of safe. A program is a row of segments, each a small idiom (a bounds check, a look-up, a
 * spill) whose constants are sometimes off by one, whose checks are sometimes missing, and whose widths are
 * sometimes wrong. The generator keeps a rough idea of what each register holds.
 *
 * The order in which random numbers are drawn is part of what a seed means: seeds are named in reports and tests.
 */
import { Random } from '../random.js';
import { branch, loop } from './control.js';
import { RAW_TRACEPOINT, SCHED_CLS, SOCKET_FILTER, XDP } from './fields.js';
import { call, writeFunction } from './functions.js';
import { helper } from './helpers.js';
import { atomic, direct, lookup, outer, valueAccess } from './maps.js';
import { mutate } from './mutate.js';
import { absolute, context, meta, packet, packetVariable } from './packets.js';
import { EXIT, KEPT, Pen } from './pen.js';
import { arithmetic, checkedScalar, linked } from './scalars.js';
import { spill, spillPart, variableStack } from './stack.js';

export interface Generated {
  readonly type: number;
  readonly insns: Uint8Array;
  readonly flags: number;
}

type Segment = (pen: Pen) => void;

const TYPES = [SOCKET_FILTER, SCHED_CLS, XDP, RAW_TRACEPOINT];

const around: Segment = (pen) => branch(pen, segment);

/** A segment named twice is twice as likely. */
const ANYWHERE: readonly Segment[] = [
  arithmetic,
  arithmetic,
  checkedScalar,
  checkedScalar,
  lookup,
  lookup,
  valueAccess,
  valueAccess,
  spill,
  spillPart,
  variableStack,
  around,
  around,
  linked,
  atomic,
  outer,
  helper,
  context,
  direct,
];
const WITH_PACKET: readonly Segment[] = [packet, packet, packetVariable, meta];
/** Not inside a branch of a branch, where each would multiply the paths to verify. */
const SHALLOW: readonly Segment[] = [loop, call];

function segment(pen: Pen): void {
  const pickable = [...ANYWHERE];
  if (pen.type === SCHED_CLS || pen.type === XDP) pickable.push(...WITH_PACKET);
  if (pen.type === SOCKET_FILTER || pen.type === SCHED_CLS) pickable.push(absolute);
  if (pen.depth < 2) pickable.push(...SHALLOW);
  pen.random.pick(pickable)(pen);
}

export class Generator {
  readonly #random: Random;
  readonly #fds: ReadonlyMap<string, number>;
  readonly #segments: number;

  /** `segments`: at most so many idioms a program. */
  constructor(seed: number, fds: ReadonlyMap<string, number>, segments = 7) {
    this.#segments = segments;
    this.#random = new Random(seed);
    this.#fds = fds;
  }

  program(): Generated {
    const r = this.#random;
    const pen = new Pen(r, r.pick(TYPES), this.#fds);
    const { code } = pen;
    code.emit(0xbf, 6, 1);
    for (const register of KEPT) pen.unknown(register);
    const count = r.between(1, this.#segments);
    for (let i = 0; i < count; i++) segment(pen);
    code.label(EXIT);
    code.emit(0xb7, 0, 0, 0, r.below(3));
    code.emit(0x95);
    for (const name of pen.functions.reverse()) writeFunction(pen, name);
    const insns = code.bytes();
    if (r.chance(22)) mutate(insns, r);
    return { type: pen.type, insns, flags: r.chance(4) ? 1 : 0 };
  }
}
