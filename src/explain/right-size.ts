import { growthIn } from '../causes/growing.ts';
import { notGoOf } from '../causes/not-go.ts';
import type { Past } from '../causes/past.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { found, known, missing, type Reading } from '../reading.ts';
import type { LastSight } from '../snapshot.ts';
import { type Bytes, bytes, formatBytes } from '../units.ts';

/** The sizes that what was observed justifies, in whole MiB, and what they rest on. */
export interface RightSize {
  /** The typical level, at which the pod is to be scheduled. */
  readonly request: Bytes;
  /** No less than `peak` + `margin`. */
  readonly limit: Bytes;
  /** No more than `limit` - `notGo` - 5 % of the limit; a gap where Go's numbers are not known, or what Go counts would not fit below it. */
  readonly gomemlimit: Reading<Bytes>;
  /** The most that could not be taken back, and how it is known. */
  readonly peak: Bytes;
  readonly peakSource: PeakSource;
  readonly margin: Bytes;
  /** The median over the floors of the polls. */
  readonly typical: Bytes;
  /** The most that GOMEMLIMIT did not govern: C, other processes, sockets, kernel memory. */
  readonly notGo: Bytes | undefined;
  /** The container's own highest usage, page cache included: above `peak` it is cache, or something between two polls. */
  readonly groupPeak: Bytes | undefined;
  /** Seconds between the first poll and the last; 0 after one. */
  readonly watched: number;
  /** It rose in every quarter of an hour or more: no size is right for long. */
  readonly isGrowing: boolean;
}

/**
 * `polls`: the highest of them; `life`: VmHWM of the process with what the container holds beside it now; `rss`: no container was to be seen;
 * `former`: of the process before this one, which may have been killed for it.
 */
type PeakSource = 'polls' | 'life' | 'rss' | 'former';

const mebibyte = 1024 ** 2;
const leastMargin = 16 * mebibyte; // for a small program a tenth is less than one burst
const marginShare = 0.1; // of the peak: what lies between two polls, and what the next load has more
const goMargin = 0.05; // of the limit: the collector needs room to notice (limit_without_headroom's)

/**
 * Request, limit and GOMEMLIMIT from the peaks of one process, and of the one before it: after an OOM kill the young one says nothing of what is
 * needed. What the kernel can take back needs no room.
 */
export function rightSize(ledger: Ledger, past: Past, former?: LastSight): Reading<RightSize> {
  const level = known(ledger.cgroup)?.unreclaimable === undefined ? 'rss' : 'unreclaimable';
  const now = level === 'rss' ? known(ledger.rss)?.total : known(ledger.cgroup)?.unreclaimable;
  if (now === undefined) return ledger.rss.ok ? missing('disabled', 'no size is known') : ledger.rss;
  const { peak, peakSource } = peakOf(ledger, past, now, former);
  const margin = bytes(Math.max(leastMargin, Math.ceil(marginShare * peak)));
  const limit = wholeMebibytes(peak + margin, Math.ceil);
  const typical = bytes(Math.min(peak, median(past.points(level).map(({ floor }) => floor)) ?? now));
  const beside = notGoOf(ledger);
  // the peaks of two parts need not have come at once, but nobody has seen that they can't
  const notGo = beside === undefined ? undefined : bytes(Math.max(beside, past.peak('not_go') ?? 0, former?.notGo ?? 0));
  return found({
    request: wholeMebibytes(typical, Math.ceil),
    limit,
    gomemlimit: gomemlimitOf(ledger, limit, notGo),
    peak,
    peakSource,
    margin,
    typical,
    notGo,
    groupPeak: known(ledger.cgroup)?.numbers.peak,
    watched: Math.max(0, past.until - past.since),
    isGrowing: growthIn(past, level)?.shape === 'line',
  });
}

function peakOf(ledger: Ledger, past: Past, now: Bytes, former: LastSight | undefined): Pick<RightSize, 'peak' | 'peakSource'> {
  const own = ownPeak(ledger, past, now);
  const before = (own.peakSource === 'rss' ? former?.rss : former?.unreclaimable) ?? bytes(0);
  return before > own.peak ? { peak: before, peakSource: 'former' } : own;
}

function ownPeak(ledger: Ledger, past: Past, now: Bytes): Pick<RightSize, 'peak' | 'peakSource'> {
  const group = known(ledger.cgroup);
  const status = known(ledger.snapshot.status);
  if (group?.unreclaimable === undefined) {
    return { peak: bytes(Math.max(now, past.peak('rss') ?? 0, status?.vmHwm ?? 0)), peakSource: 'rss' };
  }
  const polled = Math.max(now, past.peak('unreclaimable') ?? 0);
  const { vmHwm, rssAnon, rssShmem = 0, rssFile } = status ?? {};
  if (vmHwm === undefined || rssAnon === undefined || rssFile === undefined) return { peak: bytes(polled), peakSource: 'polls' };
  const beside = Math.max(0, group.unreclaimable - rssAnon - rssShmem);
  const life = Math.min(vmHwm - rssFile + beside, group.numbers.peak ?? Number.POSITIVE_INFINITY);
  return life > polled ? { peak: bytes(life), peakSource: 'life' } : { peak: bytes(polled), peakSource: 'polls' };
}

function gomemlimitOf({ go }: Ledger, limit: Bytes, notGo: Bytes | undefined): Reading<Bytes> {
  if (!go.ok) return go;
  const room = wholeMebibytes(limit - (notGo ?? 0) - goMargin * limit, Math.floor);
  if (room >= go.value.used) return found(room);
  const fits = `${formatBytes(bytes(Math.max(0, room)))} would be left, and Go counts ${formatBytes(go.value.used)} as used`;
  return missing('unsupported', `${fits}, some of it never touched or not at the peak of the rest: it would collect all the time`);
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((one, other) => one - other)[values.length >> 1];
}

function wholeMebibytes(size: number, round: (count: number) => number): Bytes {
  return bytes(round(size / mebibyte) * mebibyte);
}
