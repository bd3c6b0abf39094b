import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { HANGS } from '../timing.js';

const FIXTURE = fileURLToPath(new URL('./fixtures/idle.js', import.meta.url));

for (const how of ['idle', 'idle-after-abort', 'destroyed'] as const) {
  test(`a process ends by itself with its pool ${how}`, () => {
    const child = spawnSync(process.execPath, [FIXTURE, how], { encoding: 'utf8', timeout: HANGS });
    assert.equal(child.signal, null, `still running after ${HANGS} ms: ${child.stdout}${child.stderr}`);
    assert.equal(child.status, 0, child.stderr);
    assert.equal(child.stdout, 'done\n');
  });
}
