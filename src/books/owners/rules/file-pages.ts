import type { Mapping } from '../../../model/mapping.ts';
import { type Bytes, bytes } from '../../../model/units.ts';
import type { Owner, ResidentPiece } from '../component.ts';
import { hasFlag } from '../layout.ts';

const maxNamed = 3;

/** Resident pages of mapped files by what the kernel has to do before it can take them back: nothing, write them, or never. */
export interface FilePages {
  readonly clean: Bytes;
  readonly dirty: Bytes;
  readonly locked: Bytes;
}

/** Memory that mlock(2), mlockall(2) or memfd_secret(2) holds. */
export interface LockedPages {
  /** Resident in mappings that are locked, whoever owns them. */
  readonly total: Bytes;
  /** Of them, pages of files: those that would be taken back if they were not. */
  readonly files: Bytes;
  readonly largest: readonly MappedFile[];
}

/** Whose anonymous pages are copies of what lies behind the mapping; those of the executable and of libraries are booked as their data. */
const copied: ReadonlySet<Owner> = new Set<Owner>(['mapped_files', 'shmem', 'kernel_mappings']);
const files: ReadonlySet<Owner> = new Set<Owner>(['mapped_files', 'exe', 'shared_libraries']);

/**
 * Of a private mapping with a file behind it, the pages that were written to: the kernel has put an anonymous copy in the place of each
 * (proc_pid_smaps(5), `Anonymous`). They are in RssAnon, are charged in full, and nobody can take them back.
 */
export function copiesIn({ owner, mapping, rss }: ResidentPiece): number {
  return copied.has(owner) && !mapping.path.startsWith('[') ? Math.min(mapping.anonymous, rss) : 0;
}

/** The copies by file, the largest three. */
export function largestCopies(pieces: readonly ResidentPiece[]): readonly MappedFile[] {
  return tally(pieces, copiesIn);
}

/** The pages of the component mapped_files. */
export function filePagesOf(pieces: readonly ResidentPiece[]): FilePages {
  const sums = { clean: 0, dirty: 0, locked: 0 };
  for (const piece of pieces) {
    if (piece.owner !== 'mapped_files') continue;
    const { mapping } = piece;
    const size = piece.rss - copiesIn(piece);
    const locked = isLocked(mapping) ? size : 0;
    const dirty = Math.max(0, Math.min(size - locked, (mapping.dirty ?? 0) - mapping.anonymous)); // a copy is dirty as well
    sums.locked += locked;
    sums.dirty += dirty;
    sums.clean += size - locked - dirty;
  }
  return { clean: bytes(sums.clean), dirty: bytes(sums.dirty), locked: bytes(sums.locked) };
}

/** What is locked, and which files' pages. */
export function lockedPagesOf(pieces: readonly ResidentPiece[]): LockedPages {
  const ofFiles = ({ owner, mapping, rss }: ResidentPiece) =>
    isLocked(mapping) && files.has(owner) ? Math.max(0, rss - Math.min(mapping.anonymous, rss)) : 0;
  let total = 0;
  let file = 0;
  for (const piece of pieces) {
    total += isLocked(piece.mapping) ? piece.rss : 0;
    file += ofFiles(piece);
  }
  return { total: bytes(total), files: bytes(file), largest: tally(pieces, ofFiles) };
}

/**
 * VM_LOCKED holds for a whole mapping: `Locked` is what of its pages is resident, in proportion to who shares them (fs/proc/task_mmu.c,
 * smaps_account). memfd_secret's pages are never taken back by what they are (mm/secretmem.c, mapping_set_unevictable); Linux 6.12 told no
 * `Locked` of them, 6.18 does.
 */
function isLocked(mapping: Mapping): boolean {
  return mapping.locked > 0 || hasFlag(mapping, 'lo') || mapping.path === '/secretmem (deleted)';
}

/** A file that is mapped, and how many resident bytes are meant of it. The path is hostile. */
export interface MappedFile {
  readonly path: string;
  readonly rss: Bytes;
}

/** The files with the most of what `sizeOf` counts, all mappings of a path together. */
export function tally(pieces: readonly ResidentPiece[], sizeOf: (piece: ResidentPiece) => number): readonly MappedFile[] {
  const sizes = new Map<string, number>();
  for (const piece of pieces) {
    const size = sizeOf(piece);
    if (size > 0) sizes.set(piece.mapping.path, (sizes.get(piece.mapping.path) ?? 0) + size);
  }
  const sorted = [...sizes].sort(([, a], [, b]) => b - a).slice(0, maxNamed);
  return sorted.map(([path, size]) => ({ path, rss: bytes(size) }));
}
