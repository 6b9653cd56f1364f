import { rssLeaks } from '../model/components/rss.ts';

/** What is kept of every snapshot for as long as a process is watched: bytes, but for the counts. */
export const series = [
  'rss',
  'rss_anon',
  'usage',
  'unreclaimable',
  'not_go',
  'sys',
  'used',
  'unexplained',
  'heap_alloc',
  'heap_inuse',
  'heap_reserved',
  'heap_fragmentation',
  'stacks',
  'go_metadata',
  'num_gc', // a count, as the next three
  'goroutines',
  'threads',
  'refaulted_file', // a count, since the group was made
  ...rssLeaks,
  'mapped_files',
  'page_cache',
  'slab',
  'sock',
  'kernel_other',
  'other_processes',
  'held',
  'at_goal',
  'files_in_use',
  'written', // since the process started
  'high_events', // counts, as the next two
  'machine_oom_kills',
  'strangers',
] as const;

/** The name of one series. */
export type Series = (typeof series)[number];

/** The least value of a series over some polls that followed each other. */
export interface Point {
  /** Unix seconds: when the first of these polls was. */
  readonly at: number;
  readonly floor: number;
}

/** What is remembered of one process since memgap first saw it, in bounded memory. */
export interface Past {
  /** Unix seconds, of the first poll and of the last; equal after one. */
  readonly since: number;
  readonly until: number;
  readonly polls: number;
  /** Oldest first; together they span the whole time. Polls that did not tell the series left no point. */
  points(series: Series): readonly Point[];
  /** Of about the last hour, oldest first: the least of each minute, however long the process has lived. */
  recent(series: Series): readonly Point[];
  first(series: Series): number | undefined;
  latest(series: Series): number | undefined;
  peak(series: Series): number | undefined;
}
