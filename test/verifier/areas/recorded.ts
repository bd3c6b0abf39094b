/** Verdicts of Linux 6.18, as `record.ts` wrote them: one line a case. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Area, Verdict } from './case.js';

function pathOf(area: string): string {
  return fileURLToPath(new URL(`../../../../test/verifier/areas/recorded/${area}.json`, import.meta.url));
}

export function readRecorded(area: Area): ReadonlyMap<string, Verdict> {
  const lines = JSON.parse(readFileSync(pathOf(area.name), 'utf8')) as Record<string, [errno: number, message: string]>;
  return new Map(Object.entries(lines).map(([name, [errno, message]]) => [name, { errno, message }]));
}

export function writeRecorded(area: Area, verdicts: ReadonlyMap<string, Verdict>): void {
  const lines = [...verdicts].map(
    ([name, { errno, message }]) => `  ${JSON.stringify(name)}: [${errno}, ${JSON.stringify(message)}]`,
  );
  writeFileSync(pathOf(area.name), `{\n${lines.join(',\n')}\n}\n`);
}
