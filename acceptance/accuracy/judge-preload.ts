import { bounds, foreignNoise } from './bounds.ts';
import { foreignOf } from './judge-leak.ts';
import { percent } from './judge-phases.ts';
import type { Interval } from './observe.ts';
import { type PreloadRun, truthOf } from './preloads.ts';

/** What the interval of memory that was mapped before Go came to. */
export interface PreloadVerdict {
  readonly interval: Interval | undefined;
  readonly truth: Interval | undefined;
  /** Of RSS. */
  readonly width: number;
  /** What the width may be at most; absent where no bound is promised. */
  readonly allowed: number | undefined;
  readonly misses: readonly string[];
}

/**
 * Judges one; pure. Without memory reads nothing but arithmetic tells Go's own tables from it, some MiB of address space: a small process
 * has no bound then.
 */
export function judgePreload(run: PreloadRun): PreloadVerdict {
  const { lab, looking, seen } = run;
  const name = `${run.name} before Go on ${lab}${looking.memoryReads ? ' with memory reads' : ''}`;
  const interval = foreignOf(seen, looking);
  const truth = truthOf(run, foreignNoise);
  const total = seen.rss?.total ?? Number.NaN;
  const isSmall = !looking.memoryReads && total < bounds.preloadedFrom;
  const allowed = looking.memoryReads ? bounds.foreignWidthWithReads : isSmall ? undefined : bounds.foreignWidth;
  if (interval === undefined) return { interval, truth, width: Number.NaN, allowed, misses: [`${name}: no interval`] };
  const width = (interval.high - interval.low) / total;
  const misses: string[] = [];
  if (truth !== undefined && !(interval.low <= truth.high && interval.high >= truth.low)) misses.push(`${name}: the truth lies outside`);
  if (allowed !== undefined && !(width <= allowed)) misses.push(`${name}: the interval is ${percent(width)} of RSS wide`);
  if (seen.stable !== true) misses.push(`${name}: no snapshot was stable`);
  return { interval, truth, width, allowed, misses };
}
