import { type Course, courseOf } from './course.ts';
import type { Phase } from './phase.ts';

/** One size over the whole test. */
export interface Line extends Course {
  readonly name: string;
  readonly idle: number | undefined;
  /** The most of all loads. */
  readonly peak: number | undefined;
  /** The floor after each load. */
  readonly after: readonly number[];
  /** Its growth is a leak. Caches of the kernel, idle heap and pages of files come back when somebody wants the room. */
  readonly canLeak: boolean;
}

/** What a load test came to. */
export interface Verdict {
  readonly verdict: 'leak' | 'plateau' | 'flat' | 'undecided';
  /** Every size that was known after each load, the totals first. */
  readonly lines: readonly Line[];
  /** Bytes: what counts as a rise. */
  readonly step: number;
  readonly cycles: number;
}

const leastStep = 1024 ** 2;
const stepShare = 0.02; // of RSS: pages and spans come and go by so much from load to load

/** What the Go runtime tells apart; with these known, the arenas that hold them are judged by them. */
const ofGo = ['heap_live', 'heap_fragmentation', 'stacks', 'profiling_buckets', 'gc_metadata', 'mspan', 'other'];
const native = ['c_malloc', 'native_mmap', 'thread_stacks', 'shmem', 'unattributed'];
const ofKernel = ['sock', 'kernel_other', 'slab_unreclaimable', 'percpu', 'vmalloc', 'page_tables', 'shmem'].map(
  (name) => `cgroup_${name}`,
);
const arenas = ['go_arenas', 'go_metadata'];

/** Leak or plateau, by component. Pure; what was not known after every load is not judged. */
export function judgeLoad(phases: readonly Phase[]): Verdict {
  const idle = phases.find(({ name }) => name === 'idle');
  const loads = phases.filter(({ name }) => name === 'load');
  const afters = phases.filter(({ name }) => name === 'after');
  const names = Object.keys(afters[0]?.floors ?? {});
  const step = Math.max(leastStep, stepShare * (afters.at(-1)?.floors.rss ?? 0));
  const leaking = leakingAmong(names, afters);
  const lines = names.flatMap((name): Line[] => {
    const after = afters.flatMap(({ floors }) => floors[name] ?? []);
    if (after.length < afters.length) return [];
    const peaks = loads.flatMap((load) => load.peaks[name] ?? []);
    const before = idle?.floors[name];
    const peak = peaks.length === 0 ? undefined : Math.max(...peaks);
    return [{ name, idle: before, peak, after, canLeak: leaking.has(name), ...courseOf(before, after, step) }];
  });
  return { verdict: verdictOf(lines), lines, step, cycles: afters.length };
}

/** Where Go does not tell, its memory in the RSS book; where neither book is known, all of RSS. */
function leakingAmong(names: readonly string[], afters: readonly Phase[]): ReadonlySet<string> {
  const isLiveKnown = names.includes('heap_live') && afters.every(({ collected }) => collected);
  const goes = isLiveKnown ? ofGo : [...ofGo.filter((name) => name !== 'heap_live' && name !== 'heap_fragmentation'), ...arenas];
  const parts = [...goes, ...native, ...ofKernel].filter((name) => names.includes(name));
  return new Set(parts.length === 0 || !(names.includes('c_malloc') || isLiveKnown) ? ['rss'] : parts);
}

function verdictOf(lines: readonly Line[]): Verdict['verdict'] {
  const shapes = new Set(lines.filter(({ canLeak }) => canLeak).map(({ shape }) => shape));
  if (shapes.has('line')) return 'leak';
  if (shapes.has('undecided')) return 'undecided';
  return lines.some(({ name, shape }) => name === 'rss' && shape !== 'flat') || shapes.has('plateau') ? 'plateau' : 'flat';
}
