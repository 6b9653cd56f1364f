import { type Bytes, bytes } from '../../../model/units.ts';
import type { Piece } from '../component.ts';

/** A file that is mapped, and how many resident bytes are meant of it. The path is hostile. */
export interface NamedFile {
  readonly path: string;
  readonly rss: Bytes;
}

const most = 3;

/** The files with the most of what `sizeOf` counts, all mappings of a path together. */
export function tally(pieces: readonly Piece[], sizeOf: (piece: Piece) => number): readonly NamedFile[] {
  const sizes = new Map<string, number>();
  for (const piece of pieces) {
    const size = sizeOf(piece);
    if (size > 0) sizes.set(piece.mapping.path, (sizes.get(piece.mapping.path) ?? 0) + size);
  }
  const sorted = [...sizes].sort(([, a], [, b]) => b - a).slice(0, most);
  return sorted.map(([path, size]) => ({ path, rss: bytes(size) }));
}
