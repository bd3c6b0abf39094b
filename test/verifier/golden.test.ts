import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { verify } from '#dist/shared/program/verifier/index.js';
import { type RecordedLoad, recordedLoads } from './scenarios.js';

function outcome({ input }: RecordedLoad): { errno: string | null; message: string } {
  const result = verify(input);
  return result.ok ? { errno: null, message: '' } : { errno: result.code, message: result.message };
}

for (const file of ['verifier.jsonl', 'prog.jsonl']) {
  describe(`programs of ${file} load as on the kernel`, () => {
    const loads = recordedLoads(file);
    for (const load of loads) {
      test(load.name, () => {
        const { errno, message } = outcome(load);
        assert.equal(errno, load.errno, message);
        // The file has descriptors as `#`.
        const text = message.replace(/^fd \d+/, 'fd #');
        if (load.messages.length > 0)
          assert.ok(load.messages.includes(text), `${text} is not in ${load.messages.join(' | ')}`);
      });
    }
  });
}
