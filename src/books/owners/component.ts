import type { AddressRange } from '../../model/address-range.ts';
import type { RssComponent } from '../../model/components/rss.ts';
import type { Mapping } from '../../model/mapping.ts';

/**
 * Whose a range of addresses is, before sharing out. `exe` is split by kind of page, and so are mapped files, shared memory and the
 * kernel's, whose anonymous pages are `file_cow`; `go_arenas` by Go's numbers; `unclaimed_anon` is anonymous memory that the Go runtime or
 * somebody else mapped (the second identity shares it out); `unknown` stays unattributed.
 */
export type Owner =
  | Exclude<RssComponent, 'go_released_lazyfree' | 'go_released_resident' | 'exe_file' | 'file_cow'>
  | 'exe'
  | 'unclaimed_anon'
  | 'unknown';

/** Which rule told the owner: the tests' and the reader's way to see why. */
export type Rule =
  | 'path'
  | 'special'
  | 'name'
  | 'bss'
  | 'library-bss'
  | 'malloc-arena'
  | 'malloc-chunk'
  | 'thread-stack'
  | 'arena'
  | 'island'
  | 'near-islands'
  | 'index'
  | 'runtime-says'
  | 'seen-before'
  | 'outside-mmap-area'
  | 'own-random'
  | 'race-shadow'
  | 'no-reserve'
  | 'not-writable'
  | 'executable-memory'
  | 'left';

/** A rule's word on a range of addresses inside of one mapping. */
export interface Claim extends AddressRange {
  readonly owner: Owner;
  readonly rule: Rule;
  /** Another owner is as likely: its resident bytes count as ambiguity. */
  readonly doubtful?: boolean;
}

/** A claim with what of the mapping's resident bytes lies in it. */
export interface ResidentPiece extends Claim {
  readonly mapping: Mapping;
  /** The likeliest figure; exact where `low` and `high` are the same. */
  readonly rss: number;
  readonly low: number;
  readonly high: number;
  /** Stretches of it that are wholly resident, where they were looked up. */
  readonly runs?: readonly number[];
}
