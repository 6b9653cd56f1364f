import type { Ledger } from '../books/ledger.ts';
import { untilCollection } from '../history/collections.ts';
import type { Held } from '../history/held.ts';
import type { Past } from '../history/past.ts';
import { known } from '../model/reading.ts';
import type { LastObservation } from '../model/snapshot.ts';
import { type Bytes, bytes } from '../model/units.ts';

/**
 * `polls`: the highest of them; `goal`: the same with the heap where the next collection comes; `life`: VmHWM of the process; `between`:
 * the container's own peak, above all that was seen and all cache; `former`: of the process before this one, which may have been killed for
 * it.
 */
export type PeakSource = 'polls' | 'goal' | 'life' | 'between' | 'former';

/** The most that can't be taken back. */
export interface Peak {
  readonly peak: Bytes;
  readonly peakSource: PeakSource;
  /** The most of what was not seen at a poll, by VmHWM or the container's own peak; 0 where neither is above the polls. */
  readonly before: Bytes;
  /** It is the peak by far, and it may have been file pages just as well: memgap did not see it, and one look can't tell. */
  readonly isInDoubt: boolean;
}

const byFarRatio = 1.6; // of all the rest
const seenRatio = 0.95; // of VmHWM: a poll that saw so much saw what it was

/** What else bears on the peak. */
export interface Heap {
  readonly previous: LastObservation | undefined;
  /** Whether a GOMEMLIMIT will hold the heap at its highest: then its past goals need no room, only the one it mostly has. */
  readonly isHeld: boolean;
}

/** The highest of all that tells a peak, each for what the others can't see. */
export function peakOf(ledger: Ledger, past: Past, held: Held, { previous, isHeld }: Heap): Peak {
  const polls = Math.max(held.size, past.peak('held') ?? 0);
  const life = (past.peak('rss') ?? 0) >= seenRatio * hwmOf(ledger) && past.polls > 1 ? 0 : ofLife(ledger, held);
  const between = betweenPolls(ledger, past, held);
  const before = Math.max(life, between);
  const sizes: Readonly<Record<PeakSource, number>> = {
    polls,
    goal: Math.max(held.size + (known(untilCollection(ledger)) ?? 0), (isHeld ? typical(past) : past.peak('at_goal')) ?? 0),
    life,
    between,
    former: ofPrevious(previous, held, isHeld),
  };
  let peakSource: PeakSource = 'polls';
  for (const source of Object.keys(sizes) as PeakSource[]) if (sizes[source] > sizes[peakSource]) peakSource = source;
  const rest = Math.max(sizes.polls, sizes.goal, sizes.former);
  const isInDoubt = past.polls < 2 && before > byFarRatio * rest && canHaveBeenFiles(ledger, before - rest, life > between);
  return { peak: bytes(sizes[peakSource]), peakSource, before: bytes(before > polls ? before : 0), isInDoubt };
}

/** VmHWM counts file pages that were mapped: still cache. The container's peak counts those of deleted files: they had been written. */
function canHaveBeenFiles({ cgroup, snapshot }: Ledger, size: number, isOfLife: boolean): boolean {
  const files = isOfLife ? known(cgroup)?.components.file_cache : known(snapshot.activity)?.writtenBytes;
  return (files ?? 0) >= size;
}

function hwmOf({ snapshot }: Ledger): number {
  return known(snapshot.status)?.vmHwm ?? Number.POSITIVE_INFINITY;
}

/** VmHWM less file pages, with what the container can't give back beside this process now; the container never held more than its peak. */
function ofLife({ snapshot, cgroup }: Ledger, { size, of }: Held): number {
  const { vmHwm, rssAnon, rssShmem = 0, rssFile } = known(snapshot.status) ?? {};
  if (vmHwm === undefined) return 0;
  if (rssAnon === undefined || rssFile === undefined) return of === 'process' ? vmHwm : 0;
  const life = vmHwm - rssFile + Math.max(0, size - rssAnon - rssShmem);
  return of === 'container' ? Math.min(life, known(cgroup)?.numbers.peak ?? Number.POSITIVE_INFINITY) : life;
}

/**
 * What a short child or an exec probe held between two polls: the group's peak, less the most cache that was seen in it, where the kernel
 * never had to take memory back (no `max` event, no failcnt): what was cache then is cache still, but for files that were deleted. An exec
 * probe of 183 MiB was killed, and the server with it, under a limit of 39 (kubernetes-retired/contrib#2519).
 */
function betweenPolls({ snapshot, cgroup }: Ledger, past: Past, { of }: Held): number {
  const group = known(cgroup);
  const peak = group?.numbers.peak;
  const events = known(snapshot.events);
  if (group === undefined || peak === undefined || of === 'shared' || of === 'process') return 0;
  if ((events?.max ?? 0) > 0 || (events?.high ?? 0) > 0) return 0;
  const { file_cache: cache = 0, slab_reclaimable: slab = 0 } = group.components;
  const taken = Math.max(cache, past.peak('page_cache') ?? 0) + slab;
  return Math.max(0, peak - taken);
}

function ofPrevious(previous: LastObservation | undefined, { of }: Held, isHeld: boolean): number {
  if (of === 'process') return previous?.rss ?? 0;
  return Math.max(previous?.unreclaimable ?? 0, isHeld ? 0 : (previous?.atGoal ?? 0));
}

function typical(past: Past): number | undefined {
  return median(past.points('at_goal').map(({ floor }) => floor));
}

/** The middle of the values by size, the upper one of two; `undefined` of none. */
export function median(values: readonly number[]): number | undefined {
  return [...values].sort((one, other) => one - other)[values.length >> 1];
}
