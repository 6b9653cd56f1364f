import type { CgroupNumbers } from '../model/cgroup.ts';
import type { CgroupComponent } from '../model/components/cgroup.ts';
import type { RssKind } from '../model/components/rss.ts';
import type { ProcessStatus } from '../model/process.ts';
import { found, known, mapReading, missing, type Reading } from '../model/reading.ts';
import type { Aged, Snapshot } from '../model/snapshot.ts';
import { type Bytes, bytes } from '../model/units.ts';
import { type Book, balance } from './balance.ts';
import { cgroupBook } from './cgroup.ts';
import { type GoBook, goBook } from './go.ts';
import { type Headroom, headroomOf } from './headroom.ts';
import { heldCache } from './held-cache.ts';
import type { RssBook } from './owners/book.ts';

/** The three books of one snapshot, reconciled. Each figure that could not be made carries its reason. */
export interface Ledger {
  readonly snapshot: Snapshot;
  readonly go: Reading<GoBook>;
  readonly rss: Reading<RssFigures>;
  /** Resident memory by owner, from the last walk over the mappings; its total is the mappings' own sum, not `rss`. */
  readonly mapped: Reading<Aged<RssBook>>;
  /** RSS - (Sys - HeapReleased), signed (docs/how-it-works.md#what-go-does-not-explain). */
  readonly unexplained: Reading<Bytes>;
  /** RssAnon - (Sys - HeapReleased) where above 0: anonymous memory of at least this size is in none of Go's accounts. */
  readonly anonBeyondGo: Reading<Bytes>;
  readonly cgroup: Reading<CgroupFigures>;
}

/** The resident set of the process. */
interface RssFigures {
  readonly total: Bytes;
  /** Where `total` came from: the kernel, or the target's own /metrics where the process can't be read. */
  readonly source: 'status' | 'metrics';
  readonly kinds: Reading<Book<RssKind>>;
}

/** The container's number and what follows from it. */
export interface CgroupFigures extends Book<CgroupComponent>, Headroom {
  readonly numbers: CgroupNumbers;
  /** How far usage moved while memory.stat was read. */
  readonly skew: Bytes;
}

const unwalked = missing('disabled', 'the mappings were not walked');

/** All that can be said of one snapshot. Pure and total: a gap in the snapshot is a gap in the ledger, with the same reason. */
export function ledgerOf(snapshot: Snapshot, mapped: Reading<Aged<RssBook>> = unwalked): Ledger {
  const go = snapshot.go.ok ? goBook(snapshot.go.value.memstats) : snapshot.go;
  const rss = rssFigures(snapshot);
  const unexplained = !rss.ok ? rss : mapReading(go, ({ used }) => bytes(rss.value.total - used));
  return { snapshot, go, rss, mapped, unexplained, anonBeyondGo: anonBeyondGo(rss, go), cgroup: cgroupFigures(snapshot) };
}

function rssFigures({ status, go }: Snapshot): Reading<RssFigures> {
  if (status.ok) return found({ total: status.value.vmRss, source: 'status', kinds: rssKinds(status.value) });
  const resident = go.ok ? go.value.residentMemory : undefined;
  if (resident === undefined) return status;
  return found({ total: resident, source: 'metrics', kinds: missing(status.reason, status.detail) });
}

function anonBeyondGo(rss: Reading<RssFigures>, go: Reading<GoBook>): Reading<Bytes> {
  if (!rss.ok) return rss;
  if (!go.ok) return go;
  if (!rss.value.kinds.ok) return rss.value.kinds;
  const { anon } = rss.value.kinds.value.components;
  if (anon === undefined) return missing('unsupported', 'status has no RssAnon');
  return found(bytes(Math.max(0, anon - go.value.used)));
}

function cgroupFigures(snapshot: Snapshot): Reading<CgroupFigures> {
  const { cgroup, rollup } = snapshot;
  if (!cgroup.ok) return cgroup;
  const numbers = cgroup.value;
  const [{ usage, stat }] = numbers.levels;
  const lazyFree = rollup.ok ? rollup.value.value.lazyFree : undefined;
  return mapReading(cgroupBook(usage, stat), (book) => ({
    ...book,
    ...headroomOf(numbers, lazyFree, heldCache(numbers, snapshot)),
    numbers,
    skew: bytes(Math.abs(usage - numbers.usageBefore)),
  }));
}

/** RSS by kind, from three lines of /proc/PID/status that are printed from one sum (task_mem in fs/proc/task_mmu.c). Needs Linux 4.5. */
export function rssKinds(status: ProcessStatus): Reading<Book<RssKind>> {
  if (status.rssAnon === undefined && status.rssFile === undefined && status.rssShmem === undefined) {
    return missing('unsupported', 'status has no RssAnon, RssFile and RssShmem: they need Linux 4.5');
  }
  return balance('RSS', status.vmRss, { anon: status.rssAnon, file: status.rssFile, shmem: status.rssShmem });
}

/**
 * How many processes share the target's group though they have nothing to do with it: 0 where the container is the target's (its pod's or
 * its own, with children, its init, exec probes), and what the group holds is what it holds. Else the process is to be judged and sized,
 * not the group: a login's `user.slice`, a service of several programs. Where it could not be told, none is assumed.
 */
export function strangersIn({ others }: Pick<Snapshot, 'others'>): number {
  return known(others)?.strangers ?? 0;
}
