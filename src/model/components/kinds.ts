/** RSS by kind of page, in the waterfall's order: its words for people, its line of /proc/PID/status, and its color in charts. */
export const rssKindTable = {
  file: { label: 'files (executable, mapped files)', source: 'status RssFile', color: '#fade2a' },
  shmem: { label: 'shared memory', source: 'status RssShmem', color: '#a352cc' },
  anon: { label: 'anonymous (heap, stacks, C memory)', source: 'status RssAnon', color: '#3274d9' },
} as const;

/** What kind of page a resident byte lies on. */
export type RssKind = keyof typeof rssKindTable;
