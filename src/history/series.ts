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
