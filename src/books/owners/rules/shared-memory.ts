import type { Mapping } from '../../../model/mapping.ts';
import { type Bytes, bytes } from '../../../model/units.ts';
import type { ResidentPiece } from '../component.ts';
import { copiesIn, type MappedFile, tally } from './file-pages.ts';

/** What a process has mapped of shared memory. */
export interface SharedMemory {
  /** Each page once, where RssShmem counts one as often as this process maps it. */
  readonly distinct: Bytes;
  readonly largest: readonly MappedFile[];
}

/** The component shmem, each page counted once. */
export function sharedMemoryOf(pieces: readonly ResidentPiece[]): SharedMemory {
  const files = new Map<string, ResidentPiece[]>();
  for (const piece of pieces) {
    if (piece.owner !== 'shmem' || piece.rss === 0) continue;
    const key = fileOf(piece.mapping);
    const before = files.get(key);
    if (before === undefined) files.set(key, [piece]);
    else before.push(piece);
  }
  let distinct = 0;
  for (const mapped of files.values()) distinct += distinctOf(mapped);
  return { distinct: bytes(distinct), largest: tally(pieces, (piece) => (piece.owner === 'shmem' ? sharedIn(piece) : 0)) };
}

/** The path as well: System V's numbers and memfd's inodes are of one device (ipc/shm.c takes the segment's number for the inode's). */
function fileOf({ device, inode, path }: Mapping): string {
  return `${device} ${inode} ${path}`;
}

/**
 * Mappings of different parts of a file have no page in common. Of those that overlap Pss tells at least how much there is, and all of it
 * where no other process maps it: the kernel divides a page by how often it is mapped, whoever does it.
 */
function distinctOf(mapped: readonly ResidentPiece[]): number {
  const sizes = mapped.map(sharedIn);
  const sum = sizes.reduce((total, size) => total + size, 0);
  if (!overlap(mapped)) return sum;
  const shares = mapped.reduce((total, piece) => total + Math.max(0, (piece.mapping.pss ?? piece.rss) - copiesIn(piece)), 0);
  return Math.min(sum, Math.max(...sizes, shares));
}

function sharedIn(piece: ResidentPiece): number {
  return piece.rss - copiesIn(piece);
}

function overlap(mapped: readonly ResidentPiece[]): boolean {
  const parts = mapped.map(({ mapping: { offset, start, end } }) => ({ from: offset, to: offset + end - start }));
  parts.sort((a, b) => a.from - b.from);
  let reached = 0;
  for (const { from, to } of parts) {
    if (from < reached) return true;
    reached = Math.max(reached, to);
  }
  return false;
}
