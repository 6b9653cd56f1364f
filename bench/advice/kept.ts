import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Measured } from './measured.ts';

/** What was measured before, in a folder that outlives this run. */
export interface Kept {
  read(name: string): Measured | undefined;
  write(measured: Measured): void;
}

/** One file of JSON for each program. */
export function keptIn(folder: string): Kept {
  const fileOf = (name: string) => join(folder, `${name}.json`);
  return {
    read: (name) => (existsSync(fileOf(name)) ? JSON.parse(readFileSync(fileOf(name), 'utf8')) : undefined),
    write: (measured) => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(fileOf(measured.name), `${JSON.stringify(measured, undefined, 1)}\n`);
    },
  };
}
