/** Programs as people publish them: what innermap makes of them is what libbpf and the kernel make of them. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { compare } from './compare.js';
import { openKernel } from './kernel.js';
import { type Observation, observe } from './observe.js';
import { packets } from './packets.js';

const OBJECTS = fileURLToPath(new URL('../../../test/realworld/objects/', import.meta.url));
const FILES = readdirSync(OBJECTS).filter((file) => file.endsWith('.o.gz'));
const objectOf = (file: string): Uint8Array => gunzipSync(readFileSync(join(OBJECTS, file)));
const recordedOf = (file: string): Observation[] =>
  JSON.parse(readFileSync(join(OBJECTS, file.replace('.o.gz', '.json')), 'utf8')) as Observation[];

/** What innermap makes of each object, seen once. */
const observations = new Map<string, Promise<Observation[]>>();
function observed(file: string): Promise<Observation[]> {
  const seen = observations.get(file) ?? observe(objectOf(file), packets());
  observations.set(file, seen);
  return seen;
}

for (const file of FILES) {
  test(`${file}: verdicts, runs and maps are those that a kernel was recorded with`, async (context) => {
    const { differences, ...counts } = compare(await observed(file), recordedOf(file));
    context.diagnostic(JSON.stringify(counts));
    assert.deepEqual(differences, []);
    assert.ok(counts.programs > 6 && counts.runs > 100);
  });
}

test('the interpreter makes the same of them', async () => {
  const file = FILES.find((name) => name.includes('v4'))!;
  assert.deepEqual(compare(await observe(objectOf(file), packets(), 'interpreter'), recordedOf(file)).differences, []);
});

const kernel = openKernel();
test('and those of the live kernel', { skip: typeof kernel === 'string' ? kernel : false }, async (context) => {
  if (typeof kernel === 'string') return;
  const directory = mkdtempSync(join(tmpdir(), 'innermap-objects-'));
  for (const file of FILES) {
    const path = join(directory, file.replace('.gz', ''));
    writeFileSync(path, objectOf(file));
    const live = kernel.observe(path, packets());
    if (live.every(({ errno }) => errno === 1)) return context.skip('bpf(2) is not permitted (EPERM)');
    assert.deepEqual(compare(await observed(file), live).differences, [], file);
  }
});
