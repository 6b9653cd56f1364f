import type { LeakRun } from '../../acceptance/accuracy/leaks.ts';
import type { Observation } from '../../acceptance/accuracy/observe.ts';
import type { PhaseRun } from '../../acceptance/accuracy/phases.ts';

/** A MiB. */
export const mib = 1024 ** 2;

type Rss = NonNullable<Observation['rss']>;

/** A made-up look that keeps every bound: 100 MiB of which 20 KiB are in doubt, and what a test gives it. */
export function look(rss: Partial<Rss> = {}, known: Partial<Observation> = {}): Observation {
  return {
    target: { go_version: 'go1.26.1', cgo: false },
    taken_at: 0,
    stable: true,
    skew: 0,
    unexplained: 10 * mib,
    rss: {
      total: 100 * mib,
      components: { go_arenas: 80 * mib, exe_file: 20 * mib, native_mmap: 0 },
      unattributed: 0,
      ambiguity: 20 * 1024,
      bracket_width: 0,
      slack: 0,
      score: 0.0002,
      foreign: { estimate: 0, low: 0, high: 20 * 1024 },
      ...rss,
    },
    ...known,
  };
}

/** A phase of a program, by its looks. */
export function phase(seen: readonly Observation[], known: Partial<PhaseRun> = {}): PhaseRun {
  return { program: 'made-up', mapsMemory: false, phase: 'load', looking: { memoryReads: false }, seen, differences: [], ...known };
}

/** A leak of 128 MiB of raw mmap that is booked as it should be, and what a test gives it. */
export function leak(known: Partial<LeakRun> = {}): LeakRun {
  const size = 128 * mib;
  return {
    leak: 'mmap',
    lab: 'go1.26-pure',
    looking: { memoryReads: false },
    mib: 128,
    component: 'native_mmap',
    injected: { low: size, high: size },
    overhead: 0,
    beside: 0,
    notResident: 0,
    before: look(),
    after: look({
      total: 228 * mib,
      components: { go_arenas: 80 * mib, exe_file: 20 * mib, native_mmap: size },
      foreign: { estimate: size, low: size - 2 * mib, high: size },
    }),
    grown: { native_mmap: size, go_arenas: 0, go_metadata: 4096, unattributed: 0 },
    differences: [],
    ...known,
  };
}
