/** No tracked text names a place of one machine, and the lock file names no registry. */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Absolute paths below directories that differ between machines. Documentation says `~` or a relative path. */
const MACHINE_PATH = /(?<![\w.~-])\/(?:home|root|tmp|Users|work|workspace|mnt)\/[\w.]/;
const REGISTRY = /"resolved": "https?:/;

const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
});
if (listed.status !== 0) throw new Error(`git ls-files failed: ${listed.stderr}`);

const problems = [];
for (const file of listed.stdout.split('\0')) {
  const path = join(root, file);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) continue;
  const bytes = readFileSync(path);
  if (bytes.includes(0)) continue; // not text
  for (const [index, line] of bytes.toString('utf8').split('\n').entries()) {
    const found = MACHINE_PATH.exec(line) ?? (file === 'package-lock.json' ? REGISTRY.exec(line) : null);
    if (found) problems.push(`${file}:${index + 1}: names ${found[0]}…`);
  }
}
for (const problem of problems) console.error(problem);
console.log(`places of a machine: ${problems.length === 0 ? 'none' : `${problems.length} named`}`);
process.exit(problems.length === 0 ? 0 : 1);
