/** The committed objects and capture are what their sources make. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';

interface BuildScript {
  exampleSources(): string[];
  sourceHash(source: string): string;
  objectHash(file: string): string;
  objectOf(source: string): string;
  readRecord(): Record<string, { clang: string; source: string; object: string }>;
  findClang(): { command: string; version: string } | null;
  compileExample(clang: { command: string; version: string }, source: string, output: string): void;
}

const root = new URL('../../../', import.meta.url);
const script = async <T>(name: string) => (await import(new URL(`scripts/${name}`, root).href)) as T;
const build = await script<BuildScript>('build-examples.mjs');
const { makePcap } = await script<{ makePcap(seed?: number): Uint8Array }>('make-pcap.mjs');

const clang = build.findClang();
const record = build.readRecord();
const directory = mkdtempSync(join(tmpdir(), 'innermap-examples-'));
after(() => rmSync(directory, { recursive: true, force: true }));

describe('the examples', () => {
  it('are those of the record', () => {
    assert.ok(build.exampleSources().length >= 4);
    assert.deepEqual(Object.keys(record).sort(), build.exampleSources());
  });

  for (const source of build.exampleSources()) {
    const object = new URL(`examples/${build.objectOf(source)}`, root).pathname;

    it(`${source} was not changed after its object was built`, () => {
      assert.equal(record[source]?.source, build.sourceHash(source), 'run node scripts/build-examples.mjs');
      assert.equal(record[source]?.object, build.objectHash(object), 'the object is not the one of the record');
    });

    const other = clang?.version === record[source]?.clang ? undefined : `built by clang ${record[source]?.clang}`;
    it(`${source} gives the committed object again`, { skip: clang ? other : 'no clang here' }, () => {
      const again = join(directory, build.objectOf(source).replaceAll('/', '-'));
      build.compileExample(clang as NonNullable<typeof clang>, source, again);
      assert.ok(readFileSync(again).equals(readFileSync(object)));
    });
  }
});

describe('the capture of the load balancer', () => {
  const file = readFileSync(new URL('examples/load-balancer/traffic.pcap', root));

  it('is what its script makes', () => assert.ok(file.equals(makePcap())));

  it('is small enough for a repository', () => assert.ok(file.length <= 2 << 20, `${file.length} bytes`));

  it('differs with the seed', () => assert.ok(!file.equals(makePcap(2))));
});
