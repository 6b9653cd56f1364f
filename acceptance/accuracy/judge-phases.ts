import { bounds, foreignNoise } from './bounds.ts';
import type { Observation } from './observe.ts';
import type { PhaseRun } from './phases.ts';

/** Judges the looks at programs against the bounds; pure. One line for each miss. */
export function judgePhases(runs: readonly PhaseRun[]): readonly string[] {
  const misses: string[] = [];
  let stable = 0;
  let all = 0;
  for (const { program, mapsMemory, phase, looking, seen, differences } of runs) {
    const allowed = looking.memoryReads ? bounds.foreignWidthWithReads : bounds.foreignWidth;
    misses.push(...differences.map((difference) => `${program}, ${phase}: ${difference}`));
    for (const [index, each] of seen.entries()) {
      const name = `${program}, ${phaseOf({ phase, looking })}, look ${index + 1}`;
      all += 1;
      if (each.stable === true) stable += 1;
      if (each.rss?.components === undefined) misses.push(`${name}: no components (${each.why ?? 'unknown why'})`);
      else if (each.stable === true) misses.push(...(mapsMemory ? judgeForeign(name, each, allowed) : judgeOwn(name, each)));
    }
  }
  if (all > 0 && stable < bounds.stable * all) misses.push(`${stable} of ${all} snapshots of programs were stable`);
  return misses;
}

/** A program that is known to map memory past Go's runtime: while it does, the width of what is open is judged. */
function judgeForeign(name: string, each: Observation, allowed: number): readonly string[] {
  const { rss } = each;
  if (rss === undefined || !hasForeign(rss)) return judgeScore(name, each);
  const width = (rss.ambiguity ?? Number.POSITIVE_INFINITY) / rss.total;
  return width > allowed ? [`${name}: beside foreign memory the ambiguity is ${percent(width)} of RSS`] : [];
}

/** A program that is known to map none: the book may not tell of any, whatever its score. */
function judgeOwn(name: string, each: Observation): readonly string[] {
  const { rss } = each;
  if (rss === undefined || !hasForeign(rss)) return judgeScore(name, each);
  const { native_mmap = 0 } = rss.components ?? {};
  const told = `native_mmap ${kibibytes(native_mmap)}, at most ${kibibytes(rss.foreign?.high)}`;
  return [`${name}: nobody but Go maps memory there, and the book tells of some: ${told}`, ...judgeScore(name, each)];
}

function judgeScore(name: string, { rss }: Observation): readonly string[] {
  if (rss === undefined) return [];
  if (rss.score === undefined) return [`${name}: no score`];
  return rss.score > bounds.score ? [`${name}: the strict score is ${percent(rss.score)}: ${madeOf(rss)}`] : [];
}

function madeOf({ unattributed, ambiguity, bracket_width, slack }: NonNullable<Observation['rss']>): string {
  const parts = { unattributed, ambiguity, bracket_width, slack };
  return Object.entries(parts)
    .map(([name, size]) => `${name} ${kibibytes(size)}`)
    .join(', ');
}

function kibibytes(size = Number.NaN): string {
  return `${(size / 1024).toFixed(0)} KiB`;
}

/** Whether somebody other than Go's runtime has mapped anonymous memory there. */
export function hasForeign(rss: NonNullable<Observation['rss']>): boolean {
  return (rss.components?.native_mmap ?? 0) > foreignNoise || (rss.foreign?.high ?? 0) > foreignNoise;
}

/** `idle`, or `idle, memory reads`. */
export function phaseOf({ phase, looking }: Pick<PhaseRun, 'phase' | 'looking'>): string {
  return looking.memoryReads ? `${phase}, memory reads` : phase;
}

/** `0.16 %`. */
export function percent(share: number): string {
  return Number.isFinite(share) ? `${(share * 100).toFixed(2)} %` : '-';
}
