import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const mount = '/sys/fs/cgroup/memory';

/** A memory group of cgroup v1 that a test made. */
export interface Group {
  readonly path: string;
  /** A command that starts another inside of it: `[command, ...args]`. */
  enter(command: string, ...args: readonly string[]): readonly [string, ...string[]];
  read(file: string): string;
  /** Takes it away; what ran in it must have ended. */
  remove(): Promise<void>;
}

/** Why there can be none, fit for `t.skip`; `undefined` where there can. */
export function noGroups(): string | undefined {
  if (process.getuid?.() !== 0) return 'not root: no memory cgroup can be made';
  try {
    readFileSync(join(mount, 'memory.limit_in_bytes'));
    return undefined;
  } catch {
    return 'no cgroup v1 memory controller at /sys/fs/cgroup/memory (cgroup v2 is tried in the virtual machine)';
  }
}

let made = 0;

/** Makes one, with a limit in bytes. */
export function makeGroup(limit: number): Group {
  made += 1;
  const path = join(mount, `memgap-test-${process.pid}-${made}`);
  mkdirSync(path);
  writeFileSync(join(path, 'memory.limit_in_bytes'), String(limit));
  return {
    path,
    enter: (command, ...args) => ['sh', '-c', 'echo $$ >"$0/cgroup.procs" && exec "$@"', path, command, ...args],
    read: (file) => readFileSync(join(path, file), 'utf8'),
    async remove() {
      // a process that ended may still be on its way out of its group
      for (let attempt = 0; ; attempt += 1) {
        try {
          return rmdirSync(path);
        } catch (error) {
          if (attempt === 50) throw error;
          await sleep(100);
        }
      }
    },
  };
}
