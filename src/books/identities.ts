import type { MemStats } from '../model/go.ts';
import type { ArenaChoice } from './owners/choose/choose-arenas.ts';
import { goArenaIndex, goStep } from './owners/layout.ts';
import { committed, gcSysOf, heapAndStacks, metadataSize } from './owners/memstats.ts';

/** The two identities for one memstats (docs/how-it-works.md#who-owns-a-byte-of-rss). */
export interface Identities {
  /** A: usable bytes of the heap's blocks. */
  readonly arenas: number;
  /** W = A - HeapSys - StackInuse: the GC's work buffers, which lie in the heap and are counted in GCSys. */
  readonly workBuffers: number;
  /** GCSys: what W can be at most. */
  readonly workBuffersMax: number;
  /** C: what Go holds of A. */
  readonly committed: number;
  /** V(R): writable anonymous bytes outside of the heap that no rule has given to C, to threads or to the executable. */
  readonly unclaimedAnon: number;
  /** M: what Go mapped beside the heap, from MemStats; the 32 MiB of the arena index come on top. */
  readonly metadata: number;
  /** N = V(R) - 32 MiB - M: of V(R), what somebody else than the Go runtime mapped. */
  readonly nonGoAnon: number;
  /** By how much the identities fail: max(0, -W) + max(0, W - GCSys) + max(0, -N). */
  readonly slack: number;
  readonly memstats: MemStats;
}

/**
 * The identities for the memstats before and after the walk; the first is the one to book by. Where the heap has grown on both sides of the
 * walk, what fits as well as the best comes behind it (docs/how-it-works.md#the-bracket).
 */
export function identitiesOf(arenas: ArenaChoice, unclaimedAnon: number, memstats: readonly MemStats[]): readonly Identities[] {
  const raw = memstats.map((stats) => identify(arenas, unclaimedAnon, stats, workBuffersOf(arenas, stats)));
  const direct = raw.filter(({ workBuffers, slack }) => workBuffers >= 0 && workBuffers < goStep && slack <= toleratedBytes);
  const identified = direct.length > 0 ? direct : inSteps(memstats, raw, (stats, work) => identify(arenas, unclaimedAnon, stats, work));
  // the last of equals: the Go book is made from the numbers after the walk
  const [best] = identified.toReversed().sort((a, b) => a.slack - b.slack || Math.abs(a.nonGoAnon) - Math.abs(b.nonGoAnon));
  if (best === undefined) return [];
  const rivals = identified.filter((one) => one !== best && one.memstats === best.memstats && one.slack === 0);
  const others = memstats.filter((stats) => stats !== best.memstats);
  return [best, ...rivals, ...others.map((stats) => identify(arenas, unclaimedAnon, stats, nearest(arenas, stats, best.workBuffers)))];
}

/**
 * With the heap as it was at the walk: it may have grown by some of the steps since the first memstats, and by the others until the second.
 * How many that are a target says (2^28 of them, between two answers), so not all are tried, but those at which the best of all and the
 * ends of what fits are.
 */
function inSteps(
  [before, after]: readonly MemStats[],
  raw: readonly Identities[],
  identifyWith: (stats: MemStats, workBuffers: number) => Identities,
): readonly Identities[] {
  const grown = before === undefined || after === undefined ? 0 : Math.round((heapAndStacks(after) - heapAndStacks(before)) / goStep);
  if (grown <= 0) return raw;
  const possible = raw.flatMap((one) => {
    const step = one.memstats === before ? -goStep : goStep;
    const each = bendsOf(one, step, grown).map((steps) => one.workBuffers + step * steps);
    return each.filter((work) => work >= 0).map((work) => identifyWith(one.memstats, work));
  });
  return possible.length > 0 ? possible : raw;
}

/**
 * Slack and |N| are straight lines in W but for where W reaches 0 or GCSys and where N crosses 0: no number of steps is better than the two
 * beside each of these and the first and the last one, and those without slack end at one of them. What is booked rises or falls with W
 * throughout, so that the ends span all in between.
 */
function bendsOf({ workBuffers, workBuffersMax, nonGoAnon }: Identities, step: number, maxSteps: number): readonly number[] {
  const within = Math.min(Math.max(0, workBuffers), workBuffersMax);
  const bends = [0, workBuffersMax, within - nonGoAnon].map((work) => (work - workBuffers) / step);
  const steps = [0, maxSteps, ...bends.flatMap((at) => [Math.floor(at), Math.ceil(at)])];
  return [...new Set(steps.filter((at) => at >= 0 && at <= maxSteps))].sort((a, b) => a - b);
}

/** Decommitted heap makes it unmeasurable: taken for 0. */
function workBuffersOf(arenas: ArenaChoice, memstats: MemStats): number {
  return arenas.decommitted > 0 ? 0 : arenas.size - heapAndStacks(memstats);
}

/** The heap may have grown between the walk and these memstats, by steps of 4 MiB; the work buffers hardly changed meanwhile. */
function nearest(arenas: ArenaChoice, memstats: MemStats, workBuffers: number): number {
  const raw = workBuffersOf(arenas, memstats);
  const moved = raw - Math.round((raw - workBuffers) / goStep) * goStep;
  return moved < 0 ? moved + goStep : moved;
}

function identify(arenas: ArenaChoice, unclaimedAnon: number, memstats: MemStats, workBuffers: number): Identities {
  const workBuffersMax = gcSysOf(memstats);
  const within = Math.min(Math.max(0, workBuffers), workBuffersMax);
  const metadata = metadataSize(memstats, within);
  const nonGoAnon = unclaimedAnon - goArenaIndex - metadata;
  return {
    arenas: arenas.size,
    workBuffers,
    workBuffersMax,
    committed: committed(memstats, within),
    unclaimedAnon,
    metadata,
    nonGoAnon,
    slack: Math.abs(workBuffers - within) + Math.max(0, -nonGoAnon),
    memstats,
  };
}

const toleratedBytes = 512 * 1024; // a source that reads its numbers one after the other; another process was 36 MiB off

/** By how many bytes the first memstats hold more heap than the process has: more than noise means that they are another process's. */
export function lacking(arenas: ArenaChoice, first: MemStats): number | undefined {
  const bytes = heapAndStacks(first) - arenas.size - arenas.decommitted;
  return bytes > toleratedBytes ? bytes : undefined;
}
