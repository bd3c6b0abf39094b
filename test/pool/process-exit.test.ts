import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

const FIXTURE = fileURLToPath(new URL('./fixtures/idle.js', import.meta.url));

for (const how of ['idle', 'idle-after-abort', 'destroyed'] as const) {
  test(`a process ends by itself with its pool ${how}`, () => {
    const child = spawnSync(process.execPath, [FIXTURE, how], { encoding: 'utf8', timeout: 20_000 });
    assert.equal(child.signal, null, `still running after 20 s: ${child.stdout}${child.stderr}`);
    assert.equal(child.status, 0, child.stderr);
    assert.equal(child.stdout, 'done\n');
  });
}
