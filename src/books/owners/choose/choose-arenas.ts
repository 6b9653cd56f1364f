import { budgets } from '../../../budgets.ts';
import type { AddressRange } from '../../../model/address-range.ts';
import type { MemStats } from '../../../model/go.ts';
import { mebibyte } from '../../../model/units.ts';
import { goArena, goArenaIndex } from '../layout.ts';
import { gcSysOf, heapAndStacks } from '../memstats.ts';
import { type ArenaRun, isHeapStart, usableByBlock } from '../rules/arena-runs.ts';
import { chooseAmongMany } from './many-runs.ts';

/** Which of the candidates are Go's heap. */
export interface ArenaChoice {
  readonly ranges: readonly AddressRange[];
  /** A of the first identity: usable bytes in `ranges`. */
  readonly size: number;
  /** Of GODEBUG=harddecommit=1: released bytes that are not usable at the moment; 0 otherwise. */
  readonly decommitted: number;
  /** Candidates that fit as well and were not taken. */
  readonly rivals: readonly AddressRange[];
  /** Usable bytes of candidates that were left out. */
  readonly leftOut: number;
  /** Of `size`, what is somebody else's or may be: what the identities leave no room for, and what rivals could be the heap instead of. */
  readonly excess: number;
}

/** What the identities leave room for. */
interface ArenaBounds {
  /** A is at least the first memstats' heap and stacks (it only grows) and at most the larger one's with all of GCSys. */
  readonly low: number;
  readonly high: number;
  /** Anonymous memory that is not Go's, candidates included: no more than that can be taken from them. */
  readonly nonGoAnon: number;
}

const maxRuns = budgets.heapSubsets.maxEntries;
const maxBlocks = budgets.heapBlocks.maxEntries;
const maxGrowthBytes = goArena; // of the heap between memstats and the walk, where none are known from after it
const bracketNoiseBytes = 2 * mebibyte; // what Go's metadata may have grown by between the memstats and the walk

/**
 * Chooses by both identities, so that W is the smallest that fits and no more is left out than N has room for
 * (docs/how-it-works.md#the-first-identity-the-heap). Where nothing fits it is all of them, and what is too much widens the book's
 * intervals.
 */
export function chooseArenas(runs: readonly ArenaRun[], memstats: readonly MemStats[], otherWritable: number): ArenaChoice {
  const named = runs.filter((run) => run.isNamed);
  const [first] = memstats;
  const low = named.length > 0 ? named : runs.filter((run) => !run.isHigh && run.isStepwise);
  // without Go numbers one with holes may be the heap of GODEBUG=harddecommit=1 as well
  if (first === undefined) return choice(low, named.length > 0 ? [] : runs.filter((run) => !run.isHigh && !run.isStepwise));
  const bounds = {
    low: heapAndStacks(first),
    high: Math.max(...memstats.map((stats) => heapAndStacks(stats) + gcSysOf(stats))),
    nonGoAnon: usableIn(runs) + otherWritable - goArenaIndex - first.sys + bracketNoiseBytes,
  };
  const grown = { ...bounds, high: bounds.high + maxGrowthBytes };
  const high = named.length > 0 ? [] : runs.filter((run) => run.isHigh && run.isStepwise);
  const chosen =
    fewest(low, bounds) ??
    withoutStretch(low, bounds) ??
    fewest(low, grown) ??
    withoutStretch(low, grown) ??
    fewest(low, { ...bounds, nonGoAnon: Number.POSITIVE_INFINITY }) ?? // the second identity fails, for which the book shows slack
    more(low, high, bounds) ??
    hardened(runs, first) ??
    withExcess(choice(low, []), bounds);
  return { ...chosen, leftOut: Math.max(0, usableIn(low) - chosen.size) };
}

function fewest(runs: readonly ArenaRun[], bounds: ArenaBounds): ArenaChoice | undefined {
  const total = usableIn(runs);
  if (total < bounds.low) return undefined;
  if (runs.length > maxRuns) {
    const many = chooseAmongMany(runs, Math.max(bounds.low, total - bounds.nonGoAnon), bounds.high);
    return many && instead(many.chosen, many.rivals);
  }
  const sized = subsets(runs).map((subset) => ({ subset, size: usableIn(subset) }));
  const fitting = sized.filter(({ size }) => fits(size, bounds) && total - size <= bounds.nonGoAnon);
  const smallest = fitting.reduce((least, { size }) => Math.min(least, size), Number.POSITIVE_INFINITY);
  const [best, ...others] = fitting.filter(({ size }) => size === smallest).map(({ subset }) => subset); // the lowest runs come first
  if (best === undefined) return undefined;
  const [lowest] = best;
  const possible = others.filter((subset) => lowest === undefined || !isHeapStart(lowest) || subset[0] === lowest);
  return instead(
    best,
    runs.filter((run) => !best.includes(run) && possible.some((subset) => subset.includes(run))),
  );
}

/** Where the heap does not begin at the address that it is known by, all of it may be somebody else's, and the rivals the heap. */
function instead(chosen: readonly ArenaRun[], rivals: readonly ArenaRun[]): ArenaChoice {
  const isOpen = rivals.length > 0 && chosen.every((run) => !isHeapStart(run));
  return { ...choice(chosen, rivals), excess: isOpen ? usableIn(chosen) : 0 };
}

/** By address, those of the lower runs first. */
function subsets(runs: readonly ArenaRun[]): ReadonlyArray<readonly ArenaRun[]> {
  const [head, ...tail] = runs;
  if (head === undefined) return [[]];
  const others = subsets(tail);
  return [...others.map((subset) => [head, ...subset]), ...others];
}

function withoutStretch(runs: readonly ArenaRun[], bounds: ArenaBounds): ArenaChoice | undefined {
  const total = usableIn(runs);
  if (total < bounds.low || runs.reduce((sum, run) => sum + (run.end - run.start) / goArena, 0) > maxBlocks) return undefined;
  for (const run of [...runs].reverse()) {
    const sizes = usableByBlock(run);
    for (let end = run.end; end > run.start; end -= goArena) {
      let removed = 0;
      for (let start = end - goArena; start >= run.start; start -= goArena) {
        removed += sizes[(start - run.start) / goArena] ?? 0;
        if (!fits(total - removed, bounds) || removed === 0 || removed > bounds.nonGoAnon) continue;
        const kept = [
          { start: run.start, end: start },
          { start: end, end: run.end },
        ].filter((part) => part.start < part.end);
        const ranges = [...runs.filter((other) => other !== run), ...kept];
        return { ranges, size: total - removed, decommitted: 0, rivals: [], leftOut: removed, excess: 0 };
      }
    }
  }
  return undefined;
}

function more(low: readonly ArenaRun[], high: readonly ArenaRun[], bounds: ArenaBounds): ArenaChoice | undefined {
  const size = usableIn(low);
  if (size >= bounds.low || high.length > maxRuns) return undefined;
  const added = subsets(high)
    .filter((subset) => subset.length > 0 && fits(size + usableIn(subset), bounds))
    .sort((a, b) => a.length - b.length)[0];
  return added === undefined ? undefined : choice([...low, ...added], []);
}

/**
 * GODEBUG=harddecommit=1 maps released heap anew without rights: W reads as low as -68 MiB then. Believed only where the missing bytes are
 * no more than HeapReleased, and usable parts have holes between them or end elsewhere than at a step of 4 MiB: a heap of another process
 * has neither.
 */
function hardened(runs: readonly ArenaRun[], first: MemStats): ArenaChoice | undefined {
  const candidates = runs.filter((run) => !run.isHigh);
  const size = usableIn(candidates);
  const lacking = heapAndStacks(first) - size;
  if (candidates.every((run) => run.isStepwise && run.holes === 0)) return undefined;
  const reserved = candidates.reduce((sum, run) => sum + run.end - run.start, 0) - size;
  if (lacking <= 0 || lacking > first.heapReleased || lacking > reserved) return undefined;
  return { ...choice(candidates, []), decommitted: lacking };
}

function withExcess(all: ArenaChoice, { high }: ArenaBounds): ArenaChoice {
  return { ...all, excess: Math.max(0, all.size - high) };
}

function choice(runs: readonly ArenaRun[], rivals: readonly ArenaRun[]): ArenaChoice {
  return { ranges: runs, size: usableIn(runs), decommitted: 0, rivals, leftOut: 0, excess: 0 };
}

function usableIn(runs: readonly ArenaRun[]): number {
  return runs.reduce((sum, { size }) => sum + size, 0);
}

function fits(size: number, { low, high }: ArenaBounds): boolean {
  return size >= low && size <= high;
}
