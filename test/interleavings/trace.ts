/** The stores that the core makes to the protocol's words, in their order: the core is stopped before each of its stores. */
import type { Arena } from '#dist/shared/arena.js';
import { ARRAY, ARRAY_OF_MAPS, newMap } from '../core/support.js';
import { otherThread, steppedArena, stops } from '../core/type-kill-points/stop.js';

const SUPER_EPOCH = 65_536 + 128;
const SLOTS = 65_536 + 8192;
const SLOT_BYTES = 512;
const MAP_STAMP = 72;
const MAP_DATA = 256;

interface Scene {
  readonly arena: Arena;
  readonly reader: Arena;
  readonly outer: number;
  readonly maps: readonly number[];
}

function scene(): Scene {
  const arena = steppedArena();
  const outer = newMap(arena, { type: ARRAY_OF_MAPS, valueSize: 4 });
  const maps = [newMap(arena, { type: ARRAY }), newMap(arena, { type: ARRAY })];
  arena.core.arrayOfMapsExchange(outer, 0, maps[0] as number);
  return { arena, reader: otherThread(arena), outer, maps };
}

function wordsOf({ arena, reader, outer, maps }: Scene): Record<string, number> {
  const word = (at: number): number => arena.u32[at / 4] as number;
  return {
    G: word(SUPER_EPOCH),
    S: word(SLOTS + reader.slot * SLOT_BYTES),
    outer: maps.indexOf(word(outer + MAP_DATA)),
    stamp: word((maps[0] as number) + MAP_STAMP),
    freed: arena.core.freedMaps(),
  };
}

/** `word <- value`, for each store to one of the protocol's words by `run`, after `before`. */
export function storesOf(
  actor: 'main' | 'reader',
  run: (scene: Scene) => void,
  before: (scene: Scene) => void = () => {},
): string[] {
  const seen: string[] = [];
  let last: Record<string, number> | null = null;
  for (let n = 1, stopped = true; stopped; n++) {
    const here = scene();
    before(here);
    last ??= wordsOf(here);
    stopped = stops(actor === 'main' ? here.arena : here.reader, n, () => run(here));
    const now = wordsOf(here);
    for (const [word, value] of Object.entries(now)) if (value !== last[word]) seen.push(`${word} <- ${value}`);
    last = now;
  }
  return seen;
}
