import { startLab } from '../../test/programs.ts';
import { type Interval, type Looking, type Observation, observeStable } from './observe.ts';

/** A library that maps memory before the Go runtime starts. */
export interface Preloaded {
  readonly name: 'constructor' | 'jemalloc, idle';
  readonly path: string;
  /** What it maps and fills; of an allocator the lab does not know it. */
  readonly mib: number | undefined;
}

/** What the book of a lab that does nothing made of such a library's memory. */
export interface PreloadRun extends Pick<Preloaded, 'name' | 'mib'> {
  readonly lab: string;
  readonly looking: Looking;
  readonly seen: Observation;
}

/** Starts a lab with the library loaded before all others, and looks at it. */
export async function measurePreload(
  lab: { readonly name: string; readonly path: string },
  { name, path, mib }: Preloaded,
  looking: Looking,
): Promise<PreloadRun> {
  const environment = { LD_PRELOAD: path, ...(mib !== undefined && { EARLY_KIB: String(mib * 1024) }) };
  const running = await startLab(lab.path, '127.0.0.1:0', environment);
  const subject = { name, pid: running.pid, pprof: `http://${running.address}/debug/pprof` };
  try {
    await observeStable(subject, looking); // its first profile makes the runtime allocate 1.4 MiB for good
    return { name, mib, lab: lab.name, looking, seen: await observeStable(subject, looking) };
  } finally {
    await running.stop();
  }
}

/** The truth of one, where the lab knows it: that, and what libc and its threads have of their own. */
export function truthOf({ mib }: Pick<PreloadRun, 'mib'>, noise: number): Interval | undefined {
  return mib === undefined ? undefined : { low: mib * 1024 ** 2, high: mib * 1024 ** 2 + noise };
}
