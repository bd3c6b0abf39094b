/** Structs that only an inner map's definition names: clang keeps a mere declaration of them, which says no size. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Runtime } from 'innermap';
import { fixtures } from './fixtures.js';

const runtime = await Runtime.create({ workers: 0, possibleCpus: 2 });
after(() => runtime.close());

test('a key that is only declared is refused as by libbpf, with the remedies', async () => {
  const refused = fixtures('forward');
  assert.equal(refused.length, 3);
  for (const { file, bytes } of refused) {
    await assert.rejects(
      runtime.loadObject(bytes),
      {
        code: 'ERR_INNERMAP_OBJECT_UNRESOLVED',
        message:
          'map outer.inner: key is struct flow, which the BTF only declares: clang does not define there what nothing but ' +
          'an inner map\'s definition names; define a global variable "struct flow unused_flow;", or write ' +
          '__uint(key_size, sizeof(struct flow)) instead of __type(key, struct flow)',
      },
      file,
    );
  }
});

test('either remedy gives the inner map its sizes', async () => {
  const repaired = fixtures('forward-remedies');
  assert.equal(repaired.length, 3);
  for (const { file, bytes } of repaired) {
    using object = await runtime.loadObject(bytes, { name: 'remedies' });
    const { named, sized } = object.spec.maps;
    assert.deepEqual([named!.inner!.keySize, named!.inner!.valueSize], [8, 8], file);
    assert.deepEqual([sized!.inner!.keySize, sized!.inner!.valueSize], [12, 8], file);
    assert.equal(object.programs['count']!.testRun(new Uint8Array(64)).verdict, 1, file);
  }
});
