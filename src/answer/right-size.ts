import type { Ledger } from '../books/ledger.ts';
import { gomemlimitBelow, isSet, limitAbove } from '../causes/go/gomemlimit-below.ts';
import { filesInUse } from '../history/files-in-use.ts';
import { type Held, type HeldBy, heldOf } from '../history/held.ts';
import { notGoHeld } from '../history/not-go.ts';
import type { Past } from '../history/past.ts';
import { found, known, missing, type Reading } from '../model/reading.ts';
import type { LastObservation } from '../model/snapshot.ts';
import { type Bytes, bytes, mebibyte } from '../model/units.ts';
import { whyNoSize } from './no-size.ts';
import { type Heap, median, type PeakSource, peakOf } from './size-peak.ts';
import { streamedFiles } from './streamed-files.ts';

/** The sizes that what was observed justifies, in whole MiB, and what they rest on. */
export interface RightSize {
  /** The typical level and the files in use, at which the pod is to be scheduled. */
  readonly request: Bytes;
  /** No less than `peak` + `files` + `margin`. */
  readonly limit: Bytes;
  /** No more than `limit` - `notGo` - `files` - 5 % of the limit; a gap where Go's numbers are not known, or Go could not live with it. */
  readonly gomemlimit: Reading<Bytes>;
  /** Whose size it is. */
  readonly of: HeldBy;
  /** The most that could not be taken back, and how it is known. */
  readonly peak: Bytes;
  readonly peakSource: PeakSource;
  /** File pages in use; and what of them another group is charged for today. */
  readonly files: Bytes | undefined;
  readonly filesElsewhere: Bytes;
  /** Pages that are read or written once, and throw others out where they find no room. */
  readonly streamed: Bytes;
  readonly isInDoubt: boolean;
  readonly margin: Bytes;
  /** The median over the floors of the polls. */
  readonly typical: Bytes;
  /** The most that GOMEMLIMIT did not govern: C, other processes, sockets, kernel memory. */
  readonly notGo: Bytes | undefined;
  /** Seconds between the first poll and the last; 0 after one. */
  readonly watched: number;
}

const marginRatio = 0.1; // of peak and files: what lies between two polls, and what the next load has more
const smallMarginRatio = 0.25; // of a small program, for which a tenth is less than one burst
const maxSmallMarginBytes = 16 * mebibyte; // 0 refaults were seen with it where less had some
const minMarginBytes = 8 * mebibyte;

/**
 * Request, limit and GOMEMLIMIT from the peaks of one process, and of the one before it: after an OOM kill the young one says nothing of
 * what is needed. `too-early`, with the reason, where no size is right: while it grows, thrashes or is throttled, or was killed at as much.
 */
export function rightSize(ledger: Ledger, past: Past, previous?: LastObservation): Reading<RightSize> {
  const held = heldOf(ledger, past);
  if (!held.ok) return held;
  const sizes = sizesOf(ledger, past, held.value, { previous, isHeld: true });
  const isHeld = sizes.gomemlimit.ok && sizes.gomemlimit.value >= (past.peak('used') ?? known(ledger.go)?.used ?? 0);
  const size = isHeld ? sizes : sizesOf(ledger, past, held.value, { previous, isHeld: false });
  const reasons = whyNoSize(ledger, past, { ...size, previous });
  return reasons.length === 0 ? found(size) : missing('too-early', reasons.join('; '));
}

function sizesOf(ledger: Ledger, past: Past, held: Held, heap: Heap): RightSize {
  const { previous } = heap;
  const { peak, peakSource, before, isInDoubt } = peakOf(ledger, past, held, heap);
  const seen = filesInUse(ledger, held.of);
  const files = largest([seen?.size, median(floors(past, 'files_in_use')), previous?.filesInUse]);
  const locked = known(ledger.cgroup)?.lockedFile ?? 0;
  const streamed = held.of === 'shared' || held.of === 'process' ? bytes(0) : streamedFiles(past, (files ?? 0) + locked);
  const room = (files ?? 0) + streamed;
  const margin = marginOf(peak + room);
  const notGo = mostBesideGo(ledger, past, before, previous);
  const beside = (notGo ?? 0) + room;
  // what a GOMEMLIMIT that is too low has squeezed was never seen at its size
  const unsqueezed = isSet(ledger) ? (limitAbove(ledger, past, beside) ?? 0) : 0;
  const limit = wholeMebibytes(Math.max(peak + room + margin, unsqueezed), Math.ceil);
  const typical = bytes(Math.min(peak, median(floors(past, 'held')) ?? held.size));
  return {
    request: wholeMebibytes(typical + room, Math.ceil),
    limit,
    gomemlimit: gomemlimitBelow(ledger, past, { limit, beside }),
    of: held.of,
    peak,
    peakSource,
    isInDoubt,
    streamed,
    files,
    filesElsewhere: seen?.elsewhere ?? bytes(0),
    margin,
    typical,
    notGo,
    watched: Math.max(0, past.until - past.since),
  };
}

/** What is left for what was not seen. */
function marginOf(seen: number): Bytes {
  return bytes(Math.ceil(Math.max(marginRatio * seen, minMarginBytes, Math.min(maxSmallMarginBytes, smallMarginRatio * seen))));
}

/**
 * The peaks of two parts need not have come at once, but nobody has seen that they can't. Of a peak before the polls, Go's part was no more
 * than Sys, which never shrinks.
 */
function mostBesideGo(ledger: Ledger, past: Past, before: number, previous: LastObservation | undefined): Bytes | undefined {
  const now = notGoHeld(ledger, past);
  if (now === undefined) return undefined;
  const beyondGo = before - (known(ledger.go)?.total ?? before);
  return bytes(Math.max(now, past.peak('not_go') ?? 0, previous?.notGo ?? 0, beyondGo));
}

function largest(sizes: ReadonlyArray<number | undefined>): Bytes | undefined {
  const known = sizes.filter((size) => size !== undefined);
  return known.length === 0 ? undefined : bytes(Math.max(...known));
}

function floors(past: Past, series: 'held' | 'files_in_use'): readonly number[] {
  return past.points(series).map(({ floor }) => floor);
}

function wholeMebibytes(size: number, round: (count: number) => number): Bytes {
  return bytes(round(size / mebibyte) * mebibyte);
}
