import type { AddressRange } from '../../model/address-range.ts';

/** What a walk showed, for the next walk of the same process: growth between two tells more than one. */
export interface Seen {
  /** Go's metadata. */
  readonly go: readonly AddressRange[];
  /** All that the second identity was about, Go's part of it included. */
  readonly unclaimedAnon: readonly AddressRange[];
  /** N when it last jumped: what has been mapped since without N moving is Go's. */
  readonly nonGoAnon: number;
  /** Where a block of malloc's arenas was that had room left then: a full one looks like somebody else's. */
  readonly mallocArenas: readonly number[];
  /** At most so much of `go` could be somebody else's. */
  readonly maxMisattributed: number;
}

/** Before the first walk. */
export const nothingSeen: Seen = { go: [], unclaimedAnon: [], nonGoAnon: 0, mallocArenas: [], maxMisattributed: 0 };
