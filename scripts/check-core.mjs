/** Rules of the core that no compiler checks: no strings, no static data, no `atomic.fence`, no function decorators. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../src/shared/core', import.meta.url));
const RULES = [
  [/\batomic\.fence\b/, 'atomic.fence fails validation: use a read-modify-write'],
  [
    /^\s*@(inline|lazy|external|global|operator|builtin)\b/m,
    'no function decorators: the optimiser inlines without them',
  ],
  [/\bStaticArray\b|\bnew \w+\(|\bmemory\.data\b/, 'no static data and no heap objects'],
];
const problems = [];
for (const entry of readdirSync(root, { recursive: true })) {
  const file = String(entry);
  if (!file.endsWith('.ts')) continue;
  const text = readFileSync(join(root, file), 'utf8');
  const code = text.replaceAll(/\/\*.*?\*\//gs, '').replaceAll(/\/\/.*$/gm, '');
  for (const [pattern, why] of RULES) if (pattern.test(code)) problems.push(`${file}: ${why}`);
  const strings = code.replaceAll(/^(import|export)\b[^;]*;/gm, '').match(/'[^']*'|"[^"]*"|`[^`]*`/g);
  if (strings) problems.push(`${file}: no strings: ${strings[0]}`);
}

/** Two orderings that depend on each other carry one tag and one sentence, on both sides. */
const tags = new Map();
const src = fileURLToPath(new URL('../src', import.meta.url));
for (const entry of readdirSync(src, { recursive: true })) {
  if (!String(entry).endsWith('.ts')) continue;
  const text = readFileSync(join(src, String(entry)), 'utf8');
  for (const [, tag, sentence] of text.matchAll(/\/\/ \[([A-Z]\d)\] (.*)$/gm)) {
    if (!tags.has(tag)) tags.set(tag, []);
    tags.get(tag).push({ sentence, file: String(entry) });
  }
}
for (const [tag, sides] of tags) {
  if (sides.length < 2) problems.push(`${sides[0].file}: [${tag}] stands alone: the other side of the pair has no tag`);
  const odd = sides.find(({ sentence }) => sentence !== sides[0].sentence);
  if (odd) problems.push(`${odd.file}: [${tag}] says "${odd.sentence}", ${sides[0].file} "${sides[0].sentence}"`);
}
for (const problem of problems) console.error(problem);
console.log(`rules of the core: ${problems.length === 0 ? 'kept' : `${problems.length} broken`}`);
process.exit(problems.length === 0 ? 0 : 1);
