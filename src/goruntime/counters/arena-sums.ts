import { goRuntime } from '../../model/go-layouts.ts';
import type { Mapping } from '../../model/mapping.ts';
import type { CounterBounds } from './scan.ts';

const { pallocChunkBytes: arenaStep } = goRuntime;

/** With more runs than this their sums reach any number, and prove nothing. */
const maxRuns = 16;

/**
 * Pure: what the counters of a process with these mappings cannot exceed: all its private anonymous memory, and reservations (soon in use).
 */
export function boundsOf(mappings: readonly Mapping[]): CounterBounds {
  let anonymous = 0;
  for (const mapping of mappings) if (isAnonymous(mapping)) anonymous += mapping.end - mapping.start;
  return { anonymous };
}

/**
 * Pure: whether the mappings can hold just this many bytes of Go arenas: runs of writable anonymous memory that begin and end on arena
 * steps. Other memory can be aligned like an arena, so any subset of the runs may be the arenas.
 */
export function canHoldArenas(mappings: readonly Mapping[], arenas: number): boolean {
  const runs = alignedRuns(mappings);
  if (runs.length > maxRuns) return false;
  let sums = new Set([0]);
  for (const run of runs) sums = new Set([...sums, ...[...sums].map((sum) => sum + run)]);
  return arenas > 0 && sums.has(arenas);
}

function alignedRuns(mappings: readonly Mapping[]): number[] {
  const runs: Array<{ start: number; end: number }> = [];
  for (const mapping of mappings) {
    if (!isAnonymous(mapping) || !mapping.permissions.startsWith('rw')) continue;
    const latest = runs.at(-1);
    if (latest !== undefined && latest.end === mapping.start)
      latest.end = mapping.end; // flags (huge pages, locked) cut a run into several mappings
    else runs.push({ start: mapping.start, end: mapping.end });
  }
  return runs.filter(({ start, end }) => start % arenaStep === 0 && end % arenaStep === 0).map(({ start, end }) => end - start);
}

function isAnonymous({ path, inode, permissions }: Mapping): boolean {
  return inode === 0 && permissions.endsWith('p') && (path === '' || path.startsWith('[anon:'));
}
