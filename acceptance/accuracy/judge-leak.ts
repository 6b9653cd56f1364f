import { bounds, foreignNoise, hiddenLeaks, intervalLeaks } from './bounds.ts';
import { percent } from './judge-phases.ts';
import type { LeakRun } from './leaks.ts';
import type { Interval, Looking, Observation } from './observe.ts';

/** What a leak came to. Sizes in bytes. */
export interface LeakVerdict {
  /** Growth of the component that it belongs in. */
  readonly measured: number | undefined;
  /** How far that lies outside of what the lab knows; 0 inside. */
  readonly error: number | undefined;
  /** The component that grew most is the one it belongs in; where nothing was to grow, none did. */
  readonly rightClass: boolean;
  /** Of RSS. */
  readonly unattributed: number | undefined;
  /**
   * The interval of the memory in question, where the leak is judged by one, and whether it holds the truth, so far as the lab knows that.
   */
  readonly interval: (Interval & { readonly truth: Interval; readonly holds: boolean }) | undefined;
  readonly misses: readonly string[];
}

const mebibyte = 1024 ** 2;

/** Judges one leak against the bounds; pure. */
export function judgeLeak(run: LeakRun): LeakVerdict {
  const { grown, component, after, mib, injected, overhead } = run;
  const name = `${run.leak} on ${run.lab}${run.looking.memoryReads ? ' with memory reads' : ''}`;
  if (grown === undefined) {
    const why = `${name}: no components (${after.why ?? 'unknown why'})`;
    return { measured: undefined, error: undefined, rightClass: false, unattributed: undefined, interval: undefined, misses: [why] };
  }
  const tolerance = bounds.leak * mib * mebibyte;
  const measured = grown[component] ?? 0;
  const error = Math.max(0, measured - injected.high - overhead) + Math.min(0, measured - injected.low);
  const small = injected.high < 8 * mebibyte;
  // Go's own tables grow with the heap, whoever leaks: by a 32nd of it up to Go 1.21 (two bits for each word)
  const others = Object.entries(grown).filter(([name]) => !small || name !== 'go_metadata');
  const largest = others.reduce((most, each) => (each[1] > most[1] ? each : most), ['', Number.NEGATIVE_INFINITY]);
  const rightClass = small ? largest[1] <= injected.high + overhead + tolerance : largest[0] === component;
  const unattributed = Math.abs(after.rss?.unattributed ?? Number.NaN) / (after.rss?.total ?? Number.NaN);
  const interval = intervalOf(run, tolerance);

  const misses = run.differences.map((difference) => `${name}: ${difference}`);
  const judgedByInterval = intervalLeaks.includes(run.leak);
  if (!judgedByInterval && Math.abs(error) > tolerance) {
    misses.push(`${name}: ${component} is off by ${show(error)}, allowed ${show(tolerance)}`);
  }
  if (!rightClass && !hiddenLeaks.includes(run.leak))
    misses.push(`${name}: ${largest[0]} grew most (${show(largest[1])}), not ${component}`);
  if (!(unattributed <= bounds.unattributed)) misses.push(`${name}: ${percent(unattributed)} of RSS is unattributed`);
  if (interval !== undefined && !interval.holds) {
    misses.push(
      `${name}: the truth, ${show(interval.truth.low)} to ${show(interval.truth.high)}, lies outside of ${show(interval.low)} to ${show(interval.high)}`,
    );
  }
  if (interval !== undefined && component !== 'go_released_resident' && after.rss !== undefined) {
    const allowed = run.looking.memoryReads ? bounds.foreignWidthWithReads : bounds.foreignWidth;
    const width = (interval.high - interval.low) / after.rss.total;
    if (width > allowed) misses.push(`${name}: the interval of foreign memory is ${(width * 100).toFixed(1)} % of RSS wide`);
  }
  if (interval === undefined && (judgedByInterval || isForeign(component))) misses.push(`${name}: no interval`);
  if (after.stable !== true) misses.push(`${name}: no snapshot was stable`);
  return { measured, error, rightClass, unattributed, interval, misses };
}

/** What of the same kind was there before may lie in the interval too. */
function intervalOf(
  { lab, leak, component, injected, overhead, beside, before, after, looking }: LeakRun,
  tolerance: number,
): LeakVerdict['interval'] {
  if (intervalLeaks.includes(leak)) {
    const { floor, ceiling } = after.rss?.released_resident ?? {};
    if (floor === undefined || ceiling === undefined) return undefined;
    return held({ low: floor, high: ceiling }, { low: injected.low - tolerance, high: injected.high + tolerance });
  }
  if (!isForeign(component)) return undefined;
  const [earlier, now] = [foreignOf(before, looking), foreignOf(after, looking)];
  if (earlier === undefined || now === undefined) return undefined;
  // a thread that starts meanwhile takes some pages of malloc's, which the lab does not count: 12 to 32 KiB were seen
  const others = overhead + (/-(cgo|stripped)$/.test(lab) ? foreignNoise : 0);
  return held(now, { low: injected.low + beside + earlier.low, high: injected.high + others + beside + earlier.high });
}

function held(now: Interval, truth: Interval): LeakVerdict['interval'] {
  return { ...now, truth, holds: now.low <= truth.high && now.high >= truth.low };
}

function isForeign(component: string): boolean {
  return component === 'native_mmap' || component === 'c_malloc';
}

/**
 * Anonymous memory that is not Go's, whoever's of the others: what is known for sure, and beside it what only the identities tell. With
 * memory reads also what else the book calls ambiguous, on either side: of mappings that malloc shares with Go it is not known whose pages
 * are resident. (Without them that is about which of the others it is.)
 */
export function foreignOf({ rss }: Observation, { memoryReads }: Looking): Interval | undefined {
  if (rss?.foreign === undefined) return undefined;
  const { estimate, low, high } = rss.foreign;
  const sure = (rss.components?.native_mmap ?? 0) + (rss.components?.c_malloc ?? 0) - estimate;
  const shared = memoryReads ? Math.max(0, (rss.ambiguity ?? 0) - (high - low)) : 0;
  return { low: Math.max(0, sure + low - shared), high: Math.min(rss.total, sure + high + shared) };
}

function show(size: number): string {
  return `${(size / mebibyte).toFixed(2)} MiB`;
}
