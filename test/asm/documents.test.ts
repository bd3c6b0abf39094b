import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { assemble } from '#dist/shared/program/asm/index.js';
import { disassemble } from '#dist/shared/program/disasm/index.js';
import { decode, encode } from '#dist/shared/program/insn/codec.js';

/** The folder of package.json, from the compiled test. */
const ROOT = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');

test('the programs of the README assemble', () => {
  const sources = [...read('README.md').matchAll(/source: `([^`]*)`/g)].map((match) => match[1] as string);
  assert.ok(sources.length > 0);
  for (const source of sources) {
    const names = new Set([...source.matchAll(/map\[(\w+)\]/g)].map((match) => match[1] as string));
    const maps = Object.fromEntries([...names].map((name, index) => [name, index + 3]));
    assert.ok(assemble(source, { maps }).insns.length > 0);
  }
});

describe('the bytes of the benchmark programs survive text', () => {
  for (const name of JSON.parse(read('bench/programs/index.json')) as string[]) {
    test(name, () => {
      const { insns_hex } = JSON.parse(read(`bench/programs/${name}.json`)) as { insns_hex: string };
      for (const labels of [false, true]) {
        const text = disassemble(decode(Buffer.from(insns_hex, 'hex')), { labels });
        assert.equal(Buffer.from(encode(assemble(text).insns)).toString('hex'), insns_hex);
      }
    });
  }
});
