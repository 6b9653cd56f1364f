import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from '../scripts/child.ts';
import { found, missing, type Reading } from '../src/model/reading.ts';
import { timedGet } from './http.ts';
import { root } from './variants.ts';

/** The program of bench/mapped, built. */
export interface MappedProgram {
  readonly path: string;
  remove(): void;
}

/** How long the target's own mmap and munmap took, in microseconds. */
export interface Latency {
  readonly samples: number;
  readonly p50: number;
  readonly p999: number;
  readonly max: number;
}

/** A target with many mappings or much memory. */
export interface Mapped extends Child {
  readonly url: string;
  /** Since it was asked last. */
  latency(): Promise<Latency>;
}

const go = 'go1.19';

/** Builds the program with the Go of the cache, or says why it can't. */
export function buildMapped(): Reading<MappedProgram> {
  const cache = process.env.MEMGAP_CACHE ?? join(root, '.cache');
  const compiler = join(cache, 'debian', go, 'goroot/bin/go');
  if (!existsSync(compiler)) return missing('not-found', `${go} is not in the cache, run: make toolchain`);
  const folder = mkdtempSync(join(tmpdir(), 'memgap-mapped-'));
  const path = join(folder, 'mapped');
  const { GOROOT, GOFLAGS, ...environment } = process.env;
  execFileSync(compiler, ['build', '-trimpath', '-buildvcs=false', '-o', path, '.'], {
    cwd: join(root, 'bench/mapped'),
    env: {
      ...environment,
      HOME: folder,
      GOENV: 'off',
      GOTOOLCHAIN: 'local',
      GOPROXY: 'off',
      GOPATH: join(folder, 'go'),
      GOCACHE: join(cache, 'go', `build-${go}`),
      CGO_ENABLED: '0',
    },
  });
  return found({ path, remove: () => rmSync(folder, { recursive: true, force: true }) });
}

/** Starts it; resolves when all its memory is written to. */
export async function startMapped(
  { path }: MappedProgram,
  { mappings, mib }: { readonly mappings: number; readonly mib: number },
): Promise<Mapped> {
  const child = await startChild('mapped', path, ['-mappings', String(mappings), '-mib', String(mib)]);
  const url = `http://${await addressOf(child)}`;
  return { ...child, url, latency: async () => parseLatency((await timedGet(`${url}/latency`)).body.toString()) };
}

async function addressOf(child: Child): Promise<string> {
  while (child.ended() === undefined) {
    const [, address] = /^ready \d+ (.+)$/m.exec(child.lines().join('\n')) ?? [];
    if (address !== undefined) return address;
    await sleep(20);
  }
  throw new Error(`mapped: ${child.ended()}\n${child.lines().join('\n')}`);
}

function parseLatency(text: string): Latency {
  const [samples, p50, p999, max] = ['samples', 'p50', 'p999', 'max'].map((key) =>
    Number(new RegExp(`"${key}":([\\d.e+-]+)`).exec(text)?.[1] ?? Number.NaN),
  );
  return { samples: samples ?? Number.NaN, p50: p50 ?? Number.NaN, p999: p999 ?? Number.NaN, max: max ?? Number.NaN };
}
