/**
 * The dependency rule: core <- shared <- workers <- api <- cli. `src/shared` runs in any host: it imports neither
 * `node:` modules nor packages, and names no global of Node. The command line uses the public API only, and
 * `src/shared/text`: what is about words and not about BPF, imports nothing from elsewhere, and may be used anywhere.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../src', import.meta.url));
const ROOMS = ['shared/core', 'shared', 'workers', 'api', 'cli'];
const TEXT = 'shared/text/';
/** Whatever names another module: import and export statements, `import()` of a value or a type. */
const SPECIFIERS = /\bfrom\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;
const NODE_GLOBALS = /\b(?:process|Buffer|__dirname|__filename|setImmediate)\b(?=[.(])/;

const roomOf = (path) => ROOMS.find((room) => path.startsWith(`${room}/`));
const rank = (room) => ROOMS.indexOf(room);
const withoutComments = (text) => text.replaceAll(/\/\*.*?\*\//gs, '').replaceAll(/(?<!:)\/\/.*$/gm, '');

/** What is wrong with this file's use of a module, or null. */
function violation(file, room, specifier) {
  const inShared = room === 'shared' || room === 'shared/core';
  if (!specifier.startsWith('.')) return inShared ? `imports ${specifier}: src/shared runs in any host` : null;
  const target = relative(root, join(root, dirname(file), specifier));
  const targetRoom = roomOf(target);
  if (room === 'shared/core') return targetRoom === room ? null : `imports ${target}: the core imports only itself`;
  if (targetRoom === 'shared/core') return `imports ${target}: the core is reached through its exports only`;
  const isText = target.startsWith(TEXT);
  if (file.startsWith(TEXT) && !isText) return `imports ${target}: src/shared/text imports nothing from elsewhere`;
  if (room === 'cli' && targetRoom !== 'cli' && target !== 'index.js' && !isText) {
    return `imports ${target}: the command line uses the public API only`;
  }
  // The package's front door is in no room: only the command line goes through it.
  if (room && room !== 'cli' && !targetRoom) return `imports ${target}, which stands above all rooms`;
  return room && rank(targetRoom) > rank(room) ? `(${room}) imports ${target} (${targetRoom})` : null;
}

const problems = [];
for (const entry of readdirSync(root, { recursive: true })) {
  const file = String(entry);
  if (!/\.[cm]?ts$/.test(file)) continue;
  const room = roomOf(file);
  const code = withoutComments(readFileSync(join(root, file), 'utf8'));
  for (const [, from, effect, dynamic] of code.matchAll(SPECIFIERS)) {
    const problem = violation(file, room, from ?? effect ?? dynamic);
    if (problem) problems.push(`${file}: ${problem}`);
  }
  const global = room?.startsWith('shared') && NODE_GLOBALS.exec(code);
  if (global) problems.push(`${file}: names ${global[0]}: src/shared runs in any host`);
}
for (const problem of problems) console.error(problem);
console.log(`dependency rule: ${problems.length === 0 ? 'kept' : `${problems.length} broken`}`);
process.exit(problems.length === 0 ? 0 : 1);
