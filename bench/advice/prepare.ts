import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, copyFileSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Prepared } from './run-trial.ts';
import type { Subject } from './subject.ts';

/** Makes a subject's files and a copy of its executable below `folder`, which must be on a disk; `remove` takes all of it away. */
export function prepare(subject: Subject, original: string, tool: string, folder: string): Prepared & { remove(): void } {
  const home = join(folder, subject.name);
  rmSync(home, { recursive: true, force: true });
  mkdirSync(join(home, 'bin'), { recursive: true });
  const program = join(home, 'bin', subject.name);
  copyFileSync(original, program);
  const data = join(home, 'data');
  if (subject.file !== undefined) writeRandom(data, subject.file);
  if (subject.files !== undefined) {
    mkdirSync(data);
    for (let index = 0; index < subject.files.count; index += 1) writeRandom(join(data, String(index)), subject.files.mib);
  }
  const files = [program, ...(subject.file === undefined ? [] : [data]), ...(subject.files === undefined ? [] : inFolder(data))];
  return {
    subject,
    program,
    original,
    data,
    folder: join(home, 'run'),
    warm: () => readElsewhere(tool, files),
    cool: () => void execFileSync(tool, ['drop', ...files]),
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** As another container of the node does that has the same image: here, whatever group this process is in. */
function readElsewhere(tool: string, files: readonly string[]): void {
  execFileSync(tool, ['read', ...files]);
}

function writeRandom(path: string, mib: number): void {
  const file = openSync(path, 'w');
  for (let index = 0; index < mib; index += 1) writeSync(file, randomBytes(1024 ** 2));
  fsyncSync(file);
  closeSync(file);
}

function inFolder(path: string): readonly string[] {
  return statSync(path).isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [];
}
