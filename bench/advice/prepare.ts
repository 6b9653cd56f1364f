import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, copyFileSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Subject } from './subject.ts';

/** A subject with its files and its executable in place. */
export interface Prepared {
  readonly subject: Subject;
  /** The copy that is started, under the subject's name: nobody else maps its pages. */
  readonly program: string;
  /** Where the program is installed, for what lies beside it. */
  readonly original: string;
  readonly data: string;
  /** What it may write to, made anew for each start. */
  readonly folder: string;
  /** Gives back the page cache of its files. */
  cool(): void;
  /** Has its pages paid for by another group. */
  warm(): void;
  remove(): void;
}

/** Makes a subject's files and a copy of its executable below `folder`, which must be on a disk; `remove` takes all of it away. */
export function prepare(subject: Subject, original: string, tool: string, folder: string): Prepared {
  const home = join(folder, subject.name);
  rmSync(home, { recursive: true, force: true });
  mkdirSync(join(home, 'bin'), { recursive: true });
  const program = join(home, 'bin', subject.name);
  copyFileSync(original, program);
  const data = join(home, 'data');
  const files = [program, ...writeFiles(subject, data)];
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

function writeFiles({ file, files }: Subject, data: string): readonly string[] {
  if (file !== undefined) writeRandom(data, file);
  if (files === undefined) return file === undefined ? [] : [data];
  mkdirSync(data);
  for (let index = 0; index < files.count; index += 1) writeRandom(join(data, String(index)), files.mib);
  return readdirSync(data).map((name) => join(data, name));
}
