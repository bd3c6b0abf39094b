/**
 * How long a new user takes to the first verdict of a C program: follows the README's section "Your own C program"
 * to the letter, line by line, in an empty directory, and prints the seconds of each line and their sum.
 * Needs clang, libbpf's headers, bash, and a registry for `npm install`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findClang } from './build-examples.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const HEADING = '## Your own C program';
const MARK = 'innermap-new-user-step';

/**
 * What the section tells a user to do, in its order: `{ command }`, a line to type, or `{ file, text }`, a file to save
 * under the name that stands in backquotes before it; and `output`, what it says that is printed at the end.
 */
export function readSteps(readme = readFileSync(join(root, 'README.md'), 'utf8')) {
  const begin = readme.indexOf(`\n${HEADING}`);
  if (begin < 0) throw new Error(`README.md has no section "${HEADING}"`);
  const end = readme.indexOf('\n## ', begin + 1);
  const section = readme.slice(begin, end < 0 ? undefined : end);
  const steps = [];
  let output = '';
  for (const { index, 1: language, 2: text } of section.matchAll(/^```(\w+)\n(.*?)^```$/gms)) {
    if (language === 'sh') steps.push(...commandsOf(text));
    else if (language === 'c') steps.push({ file: nameBefore(section, index), text });
    else if (language === 'text') output = text;
    else throw new Error(`README.md: ${HEADING}: a block of ${language}: expected sh, c or text`);
  }
  return { steps, output };
}

function commandsOf(text) {
  const lines = text.split('\n').map((line) => line.replace(/\s+# .*$/, ''));
  return lines.filter((line) => line !== '').map((command) => ({ command }));
}

function nameBefore(section, index) {
  const names = [...section.slice(0, index).matchAll(/`([\w.-]+\.c)`/g)];
  const name = names.at(-1)?.[1];
  if (name === undefined) throw new Error(`README.md: ${HEADING}: no name in backquotes before the C program`);
  return name;
}

/**
 * Do the steps in one bash, which begins in `directory` and whose `mktemp` works in `scratch`. Gives the seconds of each
 * step, and what it printed. Throws when one fails.
 */
export function follow(steps, { directory, scratch }) {
  const clang = findClang();
  if (!clang) throw new Error('there is no clang here: install clang and libbpf-dev');
  const commands = join(scratch, 'commands');
  mkdirSync(commands);
  const path = spawnSync('bash', ['-c', `command -v ${clang.command}`], { encoding: 'utf8' }).stdout.trim();
  symlinkSync(path, join(commands, 'clang'));
  const lines = steps.map((step, index) => {
    if (step.command !== undefined) return step.command;
    const saved = join(scratch, `saved-${index}`);
    writeFileSync(saved, step.text);
    return `cp "${saved}" ${step.file}`;
  });
  const script = [
    'set -e',
    ...lines.map((line) => `echo ${MARK} $(date +%s%N)\n${line}`),
    `echo ${MARK} $(date +%s%N)`,
  ];
  const run = spawnSync('bash', ['-c', script.join('\n')], {
    cwd: directory,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${commands}${delimiter}${process.env.PATH}`, TMPDIR: scratch },
  });
  const [, ...parts] = run.stdout.split(`${MARK} `);
  const times = parts.map((part) => Number(part.split('\n', 1)[0]) / 1e9);
  if (run.status !== 0) {
    throw new Error(`${lines[parts.length - 1]}\nended with code ${run.status}\n${run.stdout}${run.stderr}`);
  }
  return steps.map((step, index) => ({
    step,
    seconds: times[index + 1] - times[index],
    output: parts[index].slice(parts[index].indexOf('\n') + 1),
  }));
}

/** What is printed, without the times in it, which differ each time. */
export function withoutTimes(output) {
  return output.replaceAll(/[\d.]+ (?:ns|µs|ms|s) each/g, 'TIME each').trim();
}

function main() {
  const { steps, output } = readSteps();
  const scratch = mkdtempSync(join(tmpdir(), 'innermap-new-user-'));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const tarball = join(root, `innermap-${version}.tgz`);
  const kept = existsSync(tarball);
  try {
    const done = follow(steps, { directory: root, scratch });
    for (const { step, seconds } of done) {
      console.log(`${seconds.toFixed(1).padStart(6)} s  ${step.command ?? `save ${step.file}`}`);
    }
    const sum = done.reduce((total, { seconds }) => total + seconds, 0);
    console.log(`${sum.toFixed(1).padStart(6)} s  to the first verdict:\n`);
    console.log(done.at(-1).output.trimEnd());
    if (withoutTimes(done.at(-1).output) !== withoutTimes(output)) {
      console.error(`\nthe README says otherwise:\n\n${output}`);
      process.exitCode = 1;
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
    if (!kept) rmSync(tarball, { force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
