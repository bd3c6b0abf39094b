/** Rules of the core that no compiler checks: no strings, no static data, no `atomic.fence`, no function decorators, short files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../src/shared/core', import.meta.url));
const RULES = [
  [/\batomic\.fence\b/, 'atomic.fence fails validation: use a read-modify-write'],
  [/^\s*@(inline|lazy|external|global|operator|builtin)\b/m, 'no function decorators: the optimiser inlines without them'],
  [/\bStaticArray\b|\bnew \w+\(|\bmemory\.data\b/, 'no static data and no heap objects'],
];
const MAX_LINES = 400;
const problems = [];
for (const entry of readdirSync(root, { recursive: true })) {
  const file = String(entry);
  if (!file.endsWith('.ts')) continue;
  const text = readFileSync(join(root, file), 'utf8');
  const code = text.replaceAll(/\/\*.*?\*\//gs, '').replaceAll(/\/\/.*$/gm, '');
  for (const [pattern, why] of RULES) if (pattern.test(code)) problems.push(`${file}: ${why}`);
  const strings = code.replaceAll(/^(import|export)\b[^;]*;/gm, '').match(/'[^']*'|"[^"]*"|`[^`]*`/g);
  if (strings) problems.push(`${file}: no strings: ${strings[0]}`);
  const lines = text.split('\n').length;
  if (lines > MAX_LINES) problems.push(`${file}: ${lines} lines, at most ${MAX_LINES}`);
}
for (const problem of problems) console.error(problem);
console.log(`rules of the core: ${problems.length === 0 ? 'kept' : `${problems.length} broken`}`);
process.exit(problems.length === 0 ? 0 : 1);
