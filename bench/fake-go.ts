import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from '../scripts/child.ts';
import type { BenchTarget } from './memgap.ts';
import { root } from './variants.ts';

/** The sizes of heap profiles that the server has. */
export type BodySize = '64kB' | '2MB' | '50MB';

/** go-server.ts, running. */
export interface FakeGo extends Child {
  readonly url: string;
  /** A target of that body size, with the server's process beside it unless `alone`. */
  target(size: BodySize, instance: string, name?: string, alone?: boolean): BenchTarget;
}

/** Starts the server that stands for the watched Go programs. */
export async function startFakeGo(): Promise<FakeGo> {
  const child = await startChild('go-server', process.execPath, ['--import', 'tsx', join(root, 'bench/go-server.ts')]);
  const url = `http://127.0.0.1:${await portOf(child)}`;
  return {
    ...child,
    url,
    target: (size, instance, name = 'target', alone = false) => ({
      name,
      go: { pprof: `${url}/${size}/${instance}/${name}/debug/pprof` },
      ...(!alone && { process: { pid: child.pid } }),
    }),
  };
}

async function portOf(child: Child): Promise<number> {
  while (child.ended() === undefined) {
    const [, port] = /^ready (\d+)$/m.exec(child.lines().join('\n')) ?? [];
    if (port !== undefined) return Number(port);
    await sleep(20);
  }
  throw new Error(`go-server: ${child.ended()}\n${child.lines().join('\n')}`);
}
