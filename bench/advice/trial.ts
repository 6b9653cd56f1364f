/** What came of one start and one load. */
export interface Trial {
  readonly limit?: number;
  readonly gomemlimit?: number;
  /** OOM kills in the group: of the program, or of what ran beside it. */
  readonly oomKills: number;
  /** What went wrong, for a person: it ended, was not ready in time, did not do its work. */
  readonly failed?: string;
  /** Seconds from its start to its first answer. */
  readonly ready?: number;
  readonly loadSeconds?: number;
  /** Bytes that it and its children had read from the disk. */
  readonly readBytes: number;
  /** Seconds of processor time of the collector, and collections. */
  readonly gcSeconds?: number;
  readonly collections?: number;
  /** The group's own highest usage, page cache included. */
  readonly peak: number;
  /** The most that was anonymous or on tmpfs, of the looks of each tenth of a second. */
  readonly anonymous: number;
  readonly refaults: number;
  /** Every quarter of a second from its start. */
  readonly workingSets: readonly number[];
}
