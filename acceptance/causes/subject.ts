import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { known } from '../../src/model/reading.ts';
import { bytes } from '../../src/model/units.ts';
import { makeGroup, type TestGroup } from '../../test/kernel/cgroup/groups.ts';
import { type Lab, locate, startLab } from '../../test/programs.ts';
import { type Watched, watched } from './watched.ts';

/** What a proof needs of its surroundings. */
export interface Surroundings {
  readonly environment?: NodeJS.ProcessEnv;
  /** A library of the cache that is loaded before all others. */
  readonly preload?: 'jemalloc';
  /** It is about the container's number: not without a memory cgroup of its own, with this limit in bytes if it has one. */
  readonly group?: { readonly limit?: number };
  /** `--process.memory-reads`. */
  readonly memoryReads?: true;
  /** Go's numbers from the lab's /go-metrics, which tells GOMEMLIMIT. */
  readonly metrics?: boolean;
}

/** A lab under memgap's eyes. */
export interface Subject extends Watched {
  readonly lab: Lab;
  readonly group: TestGroup | undefined;
  /** Where an answer is JSON. */
  json(path: string): Promise<Readonly<Record<string, number>>>;
  /** Another lab in the same group, of so many MiB; resolves with its pid. */
  neighbor(mib: number): Promise<number>;
}

/** Starts a lab and a watch over it, lets `use` have it, and removes all of it. Throws where the machine can't (no cgroup v1). */
export async function withSubject<T>(path: string, surroundings: Surroundings, use: (subject: Subject) => Promise<T>): Promise<T> {
  const clean: Array<() => unknown> = [];
  try {
    const folder = mkdtempSync(join(tmpdir(), 'memgap-lab-'));
    clean.push(() => rmSync(folder, { recursive: true, force: true }));
    const library = surroundings.preload === undefined ? undefined : locate(surroundings.preload);
    if (library?.ok === false) throw new Error(library.detail);
    const environment = { TMPDIR: folder, ...(library !== undefined && { LD_PRELOAD: library.value }), ...surroundings.environment };
    // always where one can be had: in the tests' own group other programs come and go
    const outer = makeGroup({ after: (end) => clean.push(end) }, 'causes');
    // by its path a container's: a neighbor in it is one of the container's processes, and no stranger
    const made = outer.ok ? makeGroup({ after: (end) => clean.push(end) }, 'ca'.repeat(32), outer.value) : outer;
    if (!made.ok && surroundings.group !== undefined) throw new Error(made.detail);
    const group = known(made);
    const limit = surroundings.group?.limit;
    if (group !== undefined && limit !== undefined) writeFileSync(join(group.directory, 'memory.limit_in_bytes'), String(limit));
    const lab = await startLab(path, '127.0.0.1:0', environment);
    clean.push(() => lab.stop());
    group?.add(lab.pid);
    const json = async (request: string) => (await answer(`http://${lab.address}${request}`)) as Readonly<Record<string, number>>;
    const neighbor = async (mib: number) => {
      const other = await startLab(path, '127.0.0.1:0', environment);
      clean.push(() => other.stop());
      group?.add(other.pid);
      await other.ask(`/grow?mib=${mib}`);
      return other.pid;
    };
    const endpoint = (at: string) => ({ url: `http://${lab.address}${at}`, bodySizeLimit: bytes(64 * 1024 ** 2) });
    const go = surroundings.metrics
      ? { metrics: endpoint('/go-metrics') }
      : { expvar: endpoint('/debug/vars'), pprof: endpoint('/debug/pprof') };
    const watch = watched({ name: 'lab', go, process: { by: 'pid', pid: lab.pid } }, surroundings.memoryReads);
    clean.push(() => watch.close());
    return await use({ ...watch, lab, group, json, neighbor });
  } finally {
    for (const step of clean.reverse()) await step();
  }
}

async function answer(url: string): Promise<unknown> {
  const response = await fetch(url);
  const body = await response.text();
  if (!response.ok) throw new Error(`the lab answers ${url} with ${response.status}: ${body.trim()}`);
  return JSON.parse(body);
}
