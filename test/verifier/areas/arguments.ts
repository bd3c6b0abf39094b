/**
 * Calls of every helper with each kind of value in each argument, the others being right:
 * `node build/test/verifier/areas/arguments.js [part of a helper's name]` compares them with the live kernel.
 */
import { Runtime } from 'innermap';
import { openKernel } from '#dist/cli/kernel/index.js';
import { mayCall } from '#dist/shared/program/prototypes/availability.js';
import { prototypeOf } from '#dist/shared/program/helpers.js';
import type { Case } from './case.js';
import { kernelSide, ourSide } from './sides.js';

const HELPERS = 212;
const TYPES = [3, 6, 8, 17, 7, 31];
const SYSCALL = 31;
const SLEEPABLE = 16;

/** Ways to set a register: r6 is the context, r7 a packet of 20 bytes, r8 a socket or what stands for it, r9 unknown. */
const VALUES: Readonly<Record<string, (register: string) => string>> = {
  one: (r) => `${r} = 1`,
  zero: (r) => `${r} = 0`,
  eight: (r) => `${r} = 8`,
  65: (r) => `${r} = 65`,
  negative: (r) => `${r} = -1`,
  unknown: (r) => `${r} = r9`,
  masked: (r) => `${r} = r9\n${r} &= 15`,
  stack: (r) => `${r} = r10\n${r} += -64`,
  'stack, not written': (r) => `${r} = r10\n${r} += -192`,
  'stack, 8 bytes': (r) => `${r} = r10\n${r} += -8`,
  'stack, odd': (r) => `${r} = r10\n${r} += -63`,
  value: (r) => `${r} = map[one][0] + 0 ll`,
  'value, 4 bytes': (r) => `${r} = map[one][0] + 60 ll`,
  'value, read-only': (r) => `${r} = map[rounfrozen][0] + 0 ll`,
  text: (r) => `${r} = map[rodata][0] + 22 ll`,
  context: (r) => `${r} = r6`,
  'context, moved': (r) => `${r} = r6\n${r} += 8`,
  map: (r) => `${r} = map[small] ll`,
  packet: (r) => `${r} = r7`,
  socket: (r) => `${r} = r8`,
};

const MAPS: Readonly<Record<number, string>> = {
  12: 'programs', 22: 'events', 25: 'events', 55: 'events', 87: 'queue', 88: 'queue', 89: 'queue',
  130: 'ring', 131: 'ring', 134: 'ring', 198: 'ring', 195: 'percpu',
}; // biome-ignore format: pairs

/** The right value for a kind of argument; undefined: none is at hand. */
function rightValue(kind: string, helper: number): string | undefined {
  switch (kind.replace('?', '')) {
    case 'any':
      return 'one';
    case 'map':
      return `map:${MAPS[helper] ?? 'small'}`;
    case 'ctx':
      return 'context';
    case 'size':
    case 'size0':
    case 'allocsize':
      return 'eight';
    case 'string':
      return 'text';
    case 'sock':
    case 'sockcommon':
      return 'socket';
    case 'key':
    case 'value':
    case 'outvalue':
    case 'mem':
    case 'out':
    case 'inout':
    case 'fixed8':
    case 'fixed4':
    case 'read20':
    case 'read40':
      return 'stack';
    default:
      return undefined;
  }
}

function set(register: string, value: string): string {
  if (value.startsWith('map:')) return `${register} = map[${value.slice(4)}] ll`;
  return (VALUES[value] as (register: string) => string)(register);
}

const PACKETS = new Map([
  [3, [76, 80]],
  [8, [76, 80]],
  [6, [0, 4]],
]);

function prologue(type: number): string {
  const [data, end] = PACKETS.get(type) ?? [];
  const zero = Array.from({ length: 8 }, (_, index) => `*(u64 *)(r10 - ${8 * (index + 1)}) = 0`).join('\n');
  const packet =
    data === undefined
      ? 'r7 = 0'
      : `r7 = *(u32 *)(r6 + ${data})\nr1 = *(u32 *)(r6 + ${end})\nr2 = r7\nr2 += 20\nif r2 > r1 goto out`;
  const socket = type === 3 || type === 8 ? 'r8 = *(u64 *)(r6 + 168)\nif r8 == 0 goto out' : 'r8 = 0';
  return `r6 = r1\ncall get_prandom_u32\nr9 = r0\n${zero}\n${packet}\n${socket}\n`;
}

function casesOf(helper: number, wanted: string): Case[] {
  const prototype = prototypeOf(helper);
  if (prototype === undefined || !prototype.modelled || !prototype.name.includes(wanted)) return [];
  const right = prototype.args.map((kind) => rightValue(kind, helper));
  if (right.includes(undefined)) return [];
  const type = TYPES.find((candidate) => mayCall(candidate, helper, true, true));
  if (type === undefined) return [];
  const flags = type === SYSCALL ? SLEEPABLE : 0;
  const program = (values: readonly string[]): string =>
    `${prologue(type)}${values.map((value, index) => set(`r${index + 1}`, value)).join('\n')}\ncall ${helper}\nout:\nr0 = 0\nexit\n`;
  const cases: Case[] = [{ name: prototype.name, type, flags, code: program(right as string[]) }];
  right.forEach((_, index) => {
    for (const value of Object.keys(VALUES)) {
      const values = right.map((other, at) => (at === index ? value : (other as string)));
      cases.push({ name: `${prototype.name}, r${index + 1} = ${value}`, type, flags, code: program(values) });
    }
  });
  return cases;
}

async function main(): Promise<void> {
  const kernel = openKernel();
  if (kernel.unavailable !== undefined) {
    console.log(`skipped: ${kernel.unavailable}`);
    return;
  }
  const runtime = await Runtime.create({ workers: 0 });
  const [there, here] = [kernelSide(kernel), ourSide(runtime)];
  const cases = Array.from({ length: HELPERS }, (_, helper) => casesOf(helper, process.argv[2] ?? '')).flat();
  let differ = 0;
  for (const one of cases) {
    const [a, b] = [there.load(one), here.load(one)];
    if (a.errno === b.errno && a.message === b.message) continue;
    differ++;
    console.log(`${one.name} (type ${one.type}) | kernel: ${a.errno} ${a.message} | here: ${b.errno} ${b.message}`);
  }
  console.log(`${cases.length} calls, ${differ} differ`);
  kernel[Symbol.dispose]();
  await runtime.close();
}

await main();
