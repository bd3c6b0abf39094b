/** What `console.log` shows of the library's objects: a line or two each. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { type LoadedObject, Runtime, u32 } from 'innermap';
import { attach } from 'innermap/reader';

const object = readFileSync(new URL('../../../examples/first/first.bpf.o', import.meta.url));

describe('console.log', () => {
  let runtime: Runtime;
  let loaded: LoadedObject;

  before(async () => {
    runtime = await Runtime.create({ workers: 0 });
    loaded = await runtime.loadObject(object);
  });
  after(() => runtime.close());

  it('shows of a program what it is, and not its bytes', () => {
    const { first } = loaded.programs;
    assert.match(
      inspect(first),
      /^Program<xdp> \{\s+id: \d+,\s+name: 'first',\s+processed: \d+,\s+wasm: '\d+ bytes'\s+\}$/,
    );
    assert.match(inspect({ deep: { deeper: { deepest: { first } } } }), /\[Object\]/);
    assert.match(inspect([[[first]]]), /Program<xdp> \{ … \}/);
  });

  it('shows of an object the names of its parts', () => {
    assert.equal(
      inspect(loaded, { breakLength: 200 }),
      "LoadedObject { maps: [ 'allowed', '.rodata', '.bss' ], programs: [ 'first' ], variables: [ 'step', 'dropped' ] }",
    );
    const { dropped, step } = loaded.variables;
    assert.equal(inspect(dropped), "ObjectVariable { name: 'dropped', constant: false, value: 0n }");
    assert.equal(inspect(step), "ObjectVariable { name: 'step', constant: true, value: 1n }");
  });

  it('shows of a runtime how much is in it', () => {
    assert.match(
      inspect(runtime, { breakLength: 200 }),
      /^Runtime \{ maps: \d+, programs: 1, workers: 0, bytesUsed: \d+ \}$/,
    );
  });

  it("shows a reader's handle and maps by name", () => {
    const table = runtime.createMap({ type: 'hash', key: u32, value: u32, maxEntries: 1 });
    const handle = runtime.handle({ maps: { table } });
    assert.equal(inspect(handle), "ReaderHandle { maps: [ 'table' ], oneShot: true }");
    const reader = attach(structuredClone(handle, { transfer: [...handle.transfer] }));
    assert.equal(inspect(reader.map('table')), "ReaderMap { name: 'table' }");
    reader.close();
  });

  it('shows what is closed as closed', async () => {
    const other = await Runtime.create({ workers: 0 });
    const again = await other.loadObject(object);
    const { first } = again.programs;
    const { dropped } = again.variables;
    again.close();
    assert.match(inspect(first, { breakLength: 200 }), /^Program<xdp> \{ .* closed: true \}$/);
    assert.equal(inspect(dropped), "ObjectVariable { name: 'dropped', constant: false, closed: true }");
    await other.close();
    assert.equal(inspect(other), 'Runtime { closed: true }');
  });
});
