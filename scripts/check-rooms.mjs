/** The dependency rule: core <- shared <- workers <- api <- cli; src/shared has no `node:` import. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../src', import.meta.url));
const ROOMS = ['shared/core', 'shared', 'workers', 'api', 'cli'];

function roomOf(path) {
  return ROOMS.findIndex((room) => path.startsWith(`${room}/`));
}

/** Room that a file may import from at most; -1 = the package's front door, which any may not import. */
const problems = [];
for (const entry of readdirSync(root, { recursive: true })) {
  const file = String(entry);
  if (!file.endsWith('.ts')) continue;
  const text = readFileSync(join(root, file), 'utf8');
  const room = roomOf(file);
  for (const [, statement, specifier] of text.matchAll(/^(import|export)\b[^;]*?\bfrom '([^']+)'/gms)) {
    void statement;
    if (specifier.startsWith('node:') && (ROOMS[room] === 'shared' || ROOMS[room] === 'shared/core')) {
      problems.push(`${file}: imports ${specifier}: src/shared runs in any host`);
    }
    if (!specifier.startsWith('.')) continue;
    const target = relative(root, join(root, dirname(file), specifier));
    const targetRoom = roomOf(target);
    if (room >= 0 && targetRoom > room)
      problems.push(`${file} (${ROOMS[room]}) imports ${target} (${ROOMS[targetRoom]})`);
    if (ROOMS[room] === 'cli' && targetRoom >= 0 && ROOMS[targetRoom] !== 'cli') {
      problems.push(`${file}: the command line uses the public API only, not ${target}`);
    }
    if (ROOMS[room] === 'shared/core' && targetRoom !== room)
      problems.push(`${file}: the core imports nothing but itself`);
    if (ROOMS[room] === 'shared' && targetRoom === 0)
      problems.push(`${file}: the core is reached through its exports only`);
  }
}
for (const problem of problems) console.error(problem);
console.log(`dependency rule: ${problems.length === 0 ? 'kept' : `${problems.length} broken`}`);
process.exit(problems.length === 0 ? 0 : 1);
