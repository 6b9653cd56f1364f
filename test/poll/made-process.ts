import { copyFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { KernelPaths } from '../../src/model/source.ts';
import { makeProcess } from '../kernel/cgroup/groups.ts';

const recorded = join(import.meta.dirname, '../fixtures/process/prometheus_2.42');

/** A process 12 in a procfs that a test can change: recorded files, and no smaps, which would show that Go numbers are made up. */
export interface MadeProcess {
  readonly pid: 12;
  readonly paths: KernelPaths;
  readonly folder: string;
  /** Starts another process under the same pid. */
  startAt(ticks: number): void;
}

/** Makes it, started 5 s after boot. */
export function madeProcess(t: TestContext): MadeProcess {
  const { paths } = makeProcess(t, {}).process;
  const folder = join(paths.procfs, '12');
  writeFileSync(join(paths.procfs, 'stat'), 'btime 1700000000\n');
  for (const name of ['status', 'limits', 'smaps_rollup']) copyFileSync(join(recorded, name), join(folder, name));
  // at once, as in a real procfs: a poll must not find half of it
  const startAt = (ticks: number) => {
    writeFileSync(join(folder, 'stat.new'), `12 (op) S ${'1 '.repeat(18)}${ticks} 0\n`);
    renameSync(join(folder, 'stat.new'), join(folder, 'stat'));
  };
  startAt(500);
  return { pid: 12, paths, folder, startAt };
}
