import { sizeOf } from '../../../model/address-range.ts';
import type { RssComponent } from '../../../model/components/rss.ts';
import { type Bytes, bytes } from '../../../model/units.ts';
import type { Identities } from '../../identities.ts';
import type { ClaimedByPosition } from '../choose/by-position.ts';
import type { ResidentPiece } from '../component.ts';
import { goArenaIndex } from '../layout.ts';
import { copiesIn, type MappedFile, tally } from '../rules/file-pages.ts';
import { type HeapPages, heapPagesOf, type ReleasedResident, releasedOf } from './released.ts';
import { type NonGoShare, shareUnclaimed } from './unclaimed.ts';

/** Bytes by component; `undefined` for one that could not be told. */
type Parts = Readonly<Record<RssComponent, Bytes | undefined>>;

/** The components, and all that goes with sharing them out. */
export interface Shared {
  readonly parts: Parts;
  /** Its interval holds those of both sides of the bracket. */
  readonly nonGoAnon: NonGoShare;
  /** By how much that is wider than one side's. */
  readonly nonGoMoved: number;
  readonly released: ReleasedResident | undefined;
  readonly heapPages: HeapPages;
  readonly notResident: number | undefined;
  /** Resident in pieces of which another owner is as likely. */
  readonly doubtful: number;
  /** The same by component; what could be Go's of that, or Go's that could be another's, is in the interval of `foreign`. */
  readonly doubtfulOf: Readonly<Partial<Record<RssComponent, Bytes>>>;
  /** The race detector's, of what others than Go mapped. */
  readonly raceShadow: Bytes;
  /** Of C malloc, blocks that it mapped one by one, by their headers. */
  readonly mallocMapped: Bytes;
  /** How far the heap's parts differ between the sides of the bracket; how far foreign memory does is in its interval. */
  readonly bracketWidth: number;
  readonly byElimination: number;
  readonly largestFiles: readonly MappedFile[];
}

/** What else is known. */
interface ShareContext {
  readonly isDecommitted: boolean;
  /** At most so much of what earlier walks showed to be Go's could be somebody else's. */
  readonly maxMisattributed: number;
  readonly byPosition: ClaimedByPosition;
  /** Of the heap's address space, what is or may be somebody else's. */
  readonly excess: number;
}

/**
 * Books the pieces by the first identities; the others, of the bracket's other side, tell how far that could move. Of released memory that
 * arithmetic alone calls resident the smaller figure is booked: what Go commits or gives back meanwhile is no excess.
 */
export function share(pieces: readonly ResidentPiece[], identities: readonly Identities[], context: ShareContext): Shared {
  const heapPages = heapPagesOf(pieces.filter(({ owner }) => owner === 'go_arenas'));
  const [first, ...others] = identities;
  const best = sideOf(pieces, heapPages, first, context);
  const sides = others.map((one) => sideOf(pieces, heapPages, one, context));
  const net = [best, ...sides]
    .map((side) => side.released)
    .reduce((a, b) => (b !== undefined && a !== undefined && b.beyond < a.beyond ? b : a));
  const { released, nonGoAnon, taken } = withoutExcess(net, spanning(best.nonGoAnon, sides), heapPages, context.excess);
  const native = bytes((best.parts.native_mmap ?? 0) + taken);
  return {
    parts: { ...best.parts, ...heapParts(heapPages, released, taken), native_mmap: native },
    nonGoAnon,
    released,
    heapPages,
    notResident: first === undefined ? undefined : Math.max(0, first.committed - heapPages.resident),
    nonGoMoved: width(spanning(best.nonGoAnon, sides)) - Math.min(...[best, ...sides].map((side) => width(side.nonGoAnon))),
    doubtful: residentOf(pieces.filter(({ doubtful }) => doubtful === true)),
    doubtfulOf: doubtfulOf(pieces),
    raceShadow: bytes(residentOf(pieces.filter(({ rule }) => rule === 'race-shadow'))),
    mallocMapped: bytes(residentOf(pieces.filter(({ rule }) => rule === 'malloc-chunk'))),
    bracketWidth: Math.max(0, ...sides.map((side) => Math.abs((best.released?.beyond ?? 0) - (side.released?.beyond ?? 0)))),
    byElimination: width(nonGoAnon),
    largestFiles: largestFiles(pieces),
  };
}

/**
 * M of the walk lies between those before and after: 256 KiB of profiler hash and GC tables came in one bracket, the truth outside of both.
 */
function spanning(nonGoAnon: NonGoShare, sides: readonly Side[]): NonGoShare {
  const low = Math.min(nonGoAnon.low, ...sides.map((side) => side.nonGoAnon.low));
  const high = Math.max(nonGoAnon.high, ...sides.map((side) => side.nonGoAnon.high));
  return { ...nonGoAnon, low, high };
}

/** Where more lies in the heap's blocks than the identities allow, it is somebody else's: as resident as what Go does not account for. */
function withoutExcess(net: ReleasedResident | undefined, nonGoAnon: NonGoShare, { lazyFree, resident }: HeapPages, excess: number) {
  const taken = net === undefined ? 0 : Math.min(excess, net.beyond);
  const high = nonGoAnon.high + Math.min(excess, resident);
  const wider = { ...nonGoAnon, estimate: nonGoAnon.estimate + taken, high };
  if (net === undefined || excess === 0) return { released: net, nonGoAnon: wider, taken };
  const beyond = net.beyond - taken;
  return {
    released: { ...net, beyond, floor: Math.max(lazyFree, net.floor - excess), reason: beyond === 0 ? undefined : net.reason },
    nonGoAnon: wider,
    taken,
  };
}

function width({ low, high }: NonGoShare): number {
  return high - low;
}

interface Side extends Pick<Shared, 'parts' | 'nonGoAnon' | 'released'> {}

function sideOf(pieces: readonly ResidentPiece[], heapPages: HeapPages, identities: Identities | undefined, context: ShareContext): Side {
  const { isDecommitted, maxMisattributed, byPosition } = context;
  const unclaimed = pieces.filter(({ owner }) => owner === 'unclaimed_anon');
  const resident = residentOf(unclaimed);
  const isIndexElsewhere = pieces.some((piece) => piece.owner === 'go_metadata' && sizeOf(piece) >= goArenaIndex);
  const provenByRuntime = residentOf(pieces.filter(({ rule }) => rule === 'runtime-says'));
  const behindLibraries = residentOf(pieces.filter(({ rule }) => rule === 'library-bss'));
  const nonGoAnon =
    identities === undefined
      ? { estimate: 0, low: 0, high: resident } // nothing but Go's own numbers tells it apart
      : shareUnclaimed(unclaimed, {
          nonGoAnon: identities.nonGoAnon,
          maxMisattributed,
          byPosition,
          provenByRuntime,
          behindLibraries,
          isIndexElsewhere,
        });
  const released = identities === undefined || isDecommitted ? undefined : releasedOf(heapPages, identities);
  const sums = new Map<ResidentPiece['owner'], number>();
  for (const { owner, rss } of pieces) sums.set(owner, (sums.get(owner) ?? 0) + rss);
  const sum = (owner: ResidentPiece['owner']) => sums.get(owner) ?? 0;
  const withoutCopies = (owner: ResidentPiece['owner']) =>
    bytes(pieces.reduce((total, piece) => (piece.owner === owner ? total + piece.rss - copiesIn(piece) : total), 0));
  const executable = pieces.filter(({ owner }) => owner === 'exe');
  const copied = executable.reduce((total, { mapping, rss }) => total + Math.min(mapping.anonymous, rss), 0);
  const parts: Parts = {
    ...heapParts(heapPages, released),
    go_metadata: bytes(sum('go_metadata') + resident - nonGoAnon.estimate),
    exe_file: bytes(residentOf(executable) - copied),
    exe_data: bytes(sum('exe_data') + copied),
    shared_libraries: bytes(sum('shared_libraries')),
    mapped_files: withoutCopies('mapped_files'),
    file_cow: bytes(pieces.reduce((total, piece) => total + copiesIn(piece), 0)),
    c_malloc: bytes(sum('c_malloc')),
    native_mmap: bytes(sum('native_mmap') + nonGoAnon.estimate),
    jit_code: bytes(sum('jit_code')),
    thread_stacks: bytes(sum('thread_stacks')),
    shmem: withoutCopies('shmem'),
    kernel_mappings: withoutCopies('kernel_mappings'),
  };
  return { parts, nonGoAnon, released };
}

function heapParts({ resident, lazyFree }: HeapPages, released: ReleasedResident | undefined, taken = 0) {
  return {
    go_arenas: bytes(resident - lazyFree - (released?.beyond ?? 0) - taken),
    go_released_lazyfree: bytes(lazyFree),
    go_released_resident: released === undefined ? undefined : bytes(released.beyond),
  };
}

function residentOf(pieces: readonly ResidentPiece[]): number {
  return pieces.reduce((sum, { rss }) => sum + rss, 0);
}

function doubtfulOf(pieces: readonly ResidentPiece[]): Shared['doubtfulOf'] {
  const sums: Partial<Record<RssComponent, Bytes>> = {};
  for (const { owner, doubtful, rss } of pieces) {
    if (doubtful !== true || owner === 'unclaimed_anon' || owner === 'unknown' || owner === 'exe') continue;
    sums[owner] = bytes((sums[owner] ?? 0) + rss);
  }
  return sums;
}

function largestFiles(pieces: readonly ResidentPiece[]): readonly MappedFile[] {
  return tally(pieces, (piece) => {
    const isFile = piece.owner === 'mapped_files' || (piece.owner === 'shmem' && piece.mapping.path.startsWith('/'));
    return isFile ? piece.rss - copiesIn(piece) : 0;
  });
}
