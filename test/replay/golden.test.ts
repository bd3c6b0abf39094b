/** Every recorded scenario, replayed: what the kernel answered is what the library answers. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { replayOne } from '#dist/cli/replay.js';
import { textOf } from '#dist/cli/replay/report.js';

const DIRECTORY = join('test', 'golden');

for (const file of readdirSync(DIRECTORY)
  .filter((name) => name.endsWith('.jsonl'))
  .sort()) {
  test(file, async (t) => {
    const report = await replayOne(join(DIRECTORY, file));
    for (const [what, count] of Object.entries(report.missing)) t.diagnostic(`${count} skipped: no ${what} here`);
    if (report.deviations > 0) t.diagnostic(`${report.deviations} expected deviations`);
    assert.equal(report.failed, 0, [...textOf(report)].join('\n'));
    assert.ok(report.passed > 0, 'nothing was replayed');
  });
}
