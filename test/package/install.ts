/** Laying the package down as npm does, without network. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../', import.meta.url));

export interface PackedFile {
  readonly path: string;
  readonly mode: number;
}

export function output(command: string, args: string[], cwd: string): string {
  const run = spawnSync(command, args, { cwd, encoding: 'utf8' });
  assert.equal(run.status, 0, `${command} ${args.join(' ')} failed:\n${run.stdout}${run.stderr}`);
  return run.stdout;
}

/** Pack the package, and lay it down in `folder/node_modules`, with its dependencies linked to ours. */
export function install(folder: string): PackedFile[] {
  const packed = output('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root);
  const [{ filename, files }] = JSON.parse(packed) as [{ filename: string; files: PackedFile[] }];
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'innermap'), { recursive: true });
  output('tar', ['xzf', filename, '-C', join(modules, 'innermap'), '--strip-components=1'], folder);
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) symlinkSync(join(root, 'node_modules', name), join(modules, name));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  return files;
}
