import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmdirSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ReadFile } from '../../../src/kernel/cgroup/numbers.ts';
import { found, missing, type Reading } from '../../../src/model/reading.ts';
import type { ProcessHandle } from '../../../src/model/source.ts';
import { folder, until } from '../process/processes.ts';

/** Recorded groups, by kernel. */
export const fixtures = join(import.meta.dirname, '../../fixtures/cgroup');

/** Reads a recorded group the way a live one is read. */
export function recorded(name: string): ReadFile {
  return (file) => {
    const path = join(fixtures, name, file);
    return existsSync(path) ? found(readFileSync(path, 'utf8')) : missing('gone', file);
  };
}

/** A group made of texts. */
export function made(files: Readonly<Record<string, string>>): ReadFile {
  return (file) => {
    const text = files[file];
    return text === undefined ? missing('gone', file) : found(text);
  };
}

/** A v1 memory group of the test's own, removed after it. */
export interface TestGroup {
  readonly directory: string;
  /** Its path as /proc/PID/cgroup says it. */
  readonly path: string;
  add(pid: number): void;
}

/** Makes a v1 memory group below this process's own, which `t.after` removes; else a detail fit for `t.skip`. */
export function makeGroup(t: { after(end: () => Promise<void>): void }, name: string, parent?: TestGroup): Reading<TestGroup> {
  const [, own = ''] = /^\d+:memory:(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'latin1')) ?? [];
  if (own === '' || !existsSync('/sys/fs/cgroup/memory/memory.stat'))
    return missing('unsupported', 'needs the cgroup v1 memory controller');
  const path = parent === undefined ? `${own === '/' ? '' : own}/memgap-test-${process.pid}-${name}` : `${parent.path}/${name}`;
  const directory = `/sys/fs/cgroup/memory${path}`;
  try {
    mkdirSync(directory);
  } catch (error) {
    return missing('denied', `no cgroup can be made here: ${String(error)}`);
  }
  t.after(() => removeGroup(directory));
  return found({ directory, path, add: (pid) => writeFileSync(join(directory, 'cgroup.procs'), String(pid)) });
}

/** Removes a group once it can be: a killed process leaves its group a moment later. */
async function removeGroup(directory: string): Promise<void> {
  await until(() => {
    try {
      if (existsSync(directory)) removeTree(directory);
    } catch {
      return false;
    }
    return true;
  });
}

/** What still runs in it goes to the group above: a test's hooks run first come, first served, and the group came first. */
function removeTree(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) if (entry.isDirectory()) removeTree(join(directory, entry.name));
  for (const pid of readFileSync(join(directory, 'cgroup.procs'), 'latin1').trim().split('\n')) {
    if (pid !== '') writeFileSync(join(directory, '../cgroup.procs'), pid);
  }
  rmdirSync(directory);
}

/** A procfs of one process and a root directory for it, all of the test's own. */
export interface MadeProcess {
  readonly process: ProcessHandle;
  readonly root: string;
  /** File systems to take for a cgroup's. */
  readonly fsTypes: readonly number[];
  /** One line of a mountinfo for a mount that is here. */
  mountLine(root: string, mountPoint: string, type: string): string;
}

/** Pid 12, with these files in /proc/12; below its root nothing yet. */
export function makeProcess(t: TestContext, files: Readonly<Record<string, string>>): MadeProcess {
  const base = folder(t);
  const root = join(base, 'proc/12/root');
  mkdirSync(root, { recursive: true });
  mkdirSync(join(base, 'cgroupfs'));
  for (const [name, text] of Object.entries({ stat: '12 (x) S', ...files })) writeFileSync(join(base, 'proc/12', name), text);
  const fd = openSync(root, 'r');
  const [, id] = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1')) ?? [];
  closeSync(fd);
  return {
    process: { pid: 12, paths: { procfs: join(base, 'proc'), cgroupfs: join(base, 'cgroupfs') } },
    root,
    fsTypes: [statfsSync(root).type],
    mountLine: (mountRoot, mountPoint, type) =>
      `${id} 1 0:32 ${mountRoot} ${mountPoint} rw,relatime shared:1 - ${type} ${type} rw,${type === 'cgroup' ? 'memory' : 'nsdelegate'}\n`,
  };
}

/** Files into a directory that is made for them. */
export function put(directory: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(directory, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
}
