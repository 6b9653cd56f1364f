import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from '../../scripts/child.ts';
import { mapReading, type Reading } from '../../src/model/reading.ts';
import { makeGroup } from '../kernel/cgroup/groups.ts';

/** A v1 memory group with a limit, of a test's own. */
export interface LimitedGroup {
  readonly directory: string;
  limit(bytes: number): void;
  /** A number of `key value` lines of one of its files. */
  number(file: string, key: string): number;
}

/** Makes one, which is removed after the test; else a detail fit for `t.skip`. */
export function limitedGroup(t: TestContext, name: string, bytes: number): Reading<LimitedGroup> {
  return mapReading(makeGroup(t, name), ({ directory }) => {
    const limit = (most: number) => writeFileSync(join(directory, 'memory.limit_in_bytes'), String(most));
    limit(bytes);
    const number = (file: string, key: string) =>
      Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(readFileSync(join(directory, file), 'utf8'))?.[1]);
    return { directory, limit, number };
  });
}

/** Starts a lab inside of a group; it is stopped after the test. */
export async function startLabIn(
  t: TestContext,
  { directory }: LimitedGroup,
  path: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<{ readonly child: Child; readonly address: string }> {
  const enter = 'echo $$ >"$0/cgroup.procs" && exec "$@"';
  const child = await startChild('lab', 'sh', ['-c', enter, directory, path, '-listen', '127.0.0.1:0'], environment);
  t.after(child.stop);
  for (let attempt = 0; attempt < 200 && child.ended() === undefined; attempt += 1) {
    const [, address] = /^ready \d+ (.+)$/m.exec(child.lines().join('\n')) ?? [];
    if (address !== undefined) return { child, address };
    await sleep(50);
  }
  throw new Error(`the lab is not ready: ${child.ended()}\n${child.lines().join('\n')}`);
}
