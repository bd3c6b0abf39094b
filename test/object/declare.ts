/** The modules in `declared/`: what `innermap types` prints of some fixtures. Run by itself it writes them anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { typesOf } from 'innermap';
import { specOf } from './fixtures.js';

export const DECLARED = ['globals', 'map-in-map', 'map-types', 'subprograms'] as const;

const folder = fileURLToPath(new URL('../../../test/object/declared/', import.meta.url));

export function declaredText(name: string): string {
  return readFileSync(`${folder}${name}.ts`, 'utf8');
}

export function printedText(name: string): string {
  return typesOf(specOf(`${name}.clang19.v3`));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of DECLARED) writeFileSync(`${folder}${name}.ts`, printedText(name));
}
