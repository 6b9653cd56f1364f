import { sizeOf } from '../../model/address-range.ts';
import type { RssComponent } from '../../model/components/rss.ts';
import type { MemStats } from '../../model/go.ts';
import type { MappingEvidence } from '../../model/mapping.ts';
import { mapReading, missing, type Reading } from '../../model/reading.ts';
import { type Bytes, bytes, formatBytes } from '../../model/units.ts';
import { type Book, balance } from '../balance.ts';
import { type Identities, identitiesOf, lacking } from '../identities.ts';
import { claimedByPosition } from './choose/by-position.ts';
import type { ArenaChoice } from './choose/choose-arenas.ts';
import { memstatsOf } from './classify.ts';
import { hasFlag } from './layout.ts';
import { heapAndStacks } from './memstats.ts';
import { residencyOf } from './residency.ts';
import type { MappedFile } from './rules/file-pages.ts';
import { libraryNames } from './rules/libraries.ts';
import { type NamedMappings, namedMappingsOf } from './rules/named-mappings.ts';
import { nothingSeen, type Seen } from './seen.ts';
import { seenNow } from './seen-now.ts';
import { openQuestionsOf } from './share/open-questions.ts';
import type { HeapPages, ReleasedResident } from './share/released.ts';
import { type Shared, share } from './share/share.ts';
import type { NonGoShare } from './share/unclaimed.ts';
import { classified, unclaimedAnonSize } from './share/within-accounts.ts';

/** The resident memory of a process by owner, and how sure that is. */
export interface RssBook extends Book<RssComponent> {
  /** Bytes that could be another component's by the evidence at hand (docs/how-it-works.md#ambiguity). */
  readonly ambiguity: Bytes;
  /** How far the heap's components differ between the Go numbers before and after the walk. */
  readonly bracketWidth: Bytes;
  /** Of `ambiguity` and `slack`, what is there because the Go numbers moved meanwhile: another walk may be without. */
  readonly moved: Bytes;
  /** By how much the two identities fail. */
  readonly slack: Bytes;
  /** The strict, two-sided figure (docs/how-it-works.md#the-score). 0 for a process without resident memory. */
  readonly score: number;
  /** Named only because nothing else is left; counted in `ambiguity`. */
  readonly byElimination: Bytes;
  readonly nonGoAnon: NonGoAnon;
  /** Absent without Go numbers, and where released heap was unmapped (GODEBUG=harddecommit=1). */
  readonly released: ReleasedResident | undefined;
  readonly heapPages: HeapPages;
  /** Committed by Go and not resident, at least; absent without Go numbers. */
  readonly notResident: Bytes | undefined;
  /** Of the Go numbers that the book is made by; absent without any. */
  readonly identities: Identities | undefined;
  /** The three with the most resident bytes, by path; shared memory with a path included. Hostile. */
  readonly largestFiles: readonly MappedFile[];
  /** What the pages of files are, what is locked, and what of the kernel's and of shared memory is mapped. */
  readonly named: NamedMappings;
  /** File names of the libraries that are mapped, at most 64: they tell which allocator C uses. Hostile. */
  readonly libraries: readonly string[];
  /** Address space of HugeTLB mappings: huge pages of that kind are in no Rss. */
  readonly hugeTlb: Bytes;
  /** What could not be told and why, for a person. */
  readonly openQuestions: readonly string[];
  /** Resident bytes of a component of which another owner is as likely. Absent where there are none. */
  readonly doubtful?: Readonly<Partial<Record<RssComponent, Bytes>>>;
  /** Of `native_mmap`, the race detector's shadow. */
  readonly raceShadow?: Bytes;
  /** Of `c_malloc`, blocks that were mapped one by one, by their headers: all of it in use, for free(3) unmaps them. */
  readonly mallocMapped?: Bytes;
  /** Of `ambiguity`, what `--process.memory-reads` is there to tell; 0 where memory was read, and where what is open is of another kind. */
  readonly narrowedByReads?: Bytes;
  /** For the next walk of the same process. */
  readonly seen: Seen;
}

/** Anonymous memory that somebody else than the Go runtime mapped, as far as only the second identity tells it. */
interface NonGoAnon extends NonGoShare {
  /** N: address space, signed; absent without Go numbers. */
  readonly size: number | undefined;
  /** What it can be: a static binary without C has no malloc. */
  readonly kind: 'mmap' | 'mmap or malloc';
}

/**
 * Gives each resident byte its owner. `seen` is the book's of the walk before, of the same process. `mismatch` when the Go numbers are
 * another process's: they tell more heap than this one has mapped.
 */
export function rssBook(evidence: MappingEvidence, seen: Seen = nothingSeen): Reading<RssBook> {
  const memstats = memstatsOf(evidence);
  const classification = classified(evidence, seen);
  const { arenas, layout, hasC } = classification;
  const lacks = memstats[0] === undefined ? undefined : lacking(arenas, memstats[0]);
  if (lacks !== undefined) return missing('mismatch', otherProcess(lacks));
  const residency = residencyOf(classification, evidence.present);
  const identities = identitiesOf(arenas, unclaimedAnonSize(classification), memstats);
  const byPosition = claimedByPosition(residency.pieces, seen.go, hasC);
  const { decommitted, excess } = arenas;
  const circumstances = { isDecommitted: decommitted > 0, maxMisattributed: seen.maxMisattributed, byPosition, excess };
  const shared = share(residency.pieces, identities, circumstances);
  const total = bytes(layout.mappings.reduce((sum, { rss }) => sum + rss, 0));
  return mapReading(balance('RSS', total, shared.parts), (book) => {
    const grown = grownMeanwhile(arenas, memstats);
    const ambiguity = Math.min(total, residency.uncertain + shared.doubtful + shared.nonGoAnon.high - shared.nonGoAnon.low + grown);
    const slack = identities[0]?.slack ?? 0;
    const moved = Math.min(ambiguity, shared.nonGoMoved + grown) + (hasMoved(identities) ? slack : 0);
    const wrong = Math.abs(book.unattributed) + ambiguity + shared.bracketWidth + slack;
    return {
      ...book,
      ambiguity: bytes(ambiguity),
      bracketWidth: bytes(shared.bracketWidth),
      slack: bytes(slack),
      moved: bytes(moved),
      score: total === 0 ? 0 : wrong / total,
      byElimination: bytes(shared.byElimination),
      nonGoAnon: { ...shared.nonGoAnon, size: identities[0]?.nonGoAnon, kind: hasC ? 'mmap or malloc' : 'mmap' },
      released: shared.released,
      heapPages: shared.heapPages,
      notResident: shared.notResident === undefined ? undefined : bytes(shared.notResident),
      identities: identities[0],
      largestFiles: shared.largestFiles,
      named: namedMappingsOf(residency.pieces),
      libraries: libraryNames(residency.pieces),
      hugeTlb: bytes(layout.mappings.reduce((sum, mapping) => sum + (hasFlag(mapping, 'ht') ? sizeOf(mapping) : 0), 0)),
      doubtful: shared.doubtfulOf,
      raceShadow: shared.raceShadow,
      mallocMapped: shared.mallocMapped,
      narrowedByReads: narrowedByReads(evidence, shared),
      openQuestions: openQuestionsOf(evidence, shared, hasC),
      seen: seenNow(classification, identities[0], seen),
    };
  });
}

/** Where memory is not read: whether what has the shape of malloc's arenas is one, and whose the memory beside Go's own is. */
function narrowedByReads({ chunks }: MappingEvidence, { doubtfulOf, nonGoAnon }: Shared): Bytes {
  if (chunks.ok || chunks.reason !== 'disabled') return bytes(0);
  return bytes((doubtfulOf.c_malloc ?? 0) + nonGoAnon.high - nonGoAnon.low);
}

/** Of candidates for the heap that were left out, what it may have grown into before the walk: the Go numbers after it have more heap. */
function grownMeanwhile({ size, decommitted, leftOut }: ArenaChoice, memstats: readonly MemStats[]): number {
  const maxHeap = Math.max(0, ...memstats.map(heapAndStacks));
  return Math.min(leftOut, Math.max(0, maxHeap - size - decommitted));
}

/** The identities are exact: where they fail though Go's numbers stood still, no other walk mends it. */
function hasMoved([one, ...others]: readonly Identities[]): boolean {
  return others.some(({ metadata, memstats }) => metadata !== one?.metadata || heapAndStacks(memstats) !== heapAndStacks(one.memstats));
}

function otherProcess(excess: number): string {
  const claim = `the Go numbers tell ${formatBytes(excess)} more heap than this process has mapped`;
  return `${claim}: they are another process's (the pid of a supervisor with the URL of its child?)`;
}
