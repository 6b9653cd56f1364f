import type { Family } from './family.ts';

/** Named reasons, judged at every poll; docs/causes has a page for each. */
export const causeFamilies: readonly Family[] = [
  {
    name: 'memgap_cause_active',
    type: 'gauge',
    help: 'Whether a cause holds (1) or not (0); absent where a source that it needs was not read, and /explain says why.',
    labels: ['cause'],
    *values({ verdicts }) {
      for (const { name } of verdicts?.active ?? []) yield { labels: { cause: name }, value: 1 };
      for (const cause of verdicts?.inactive ?? []) yield { labels: { cause }, value: 0 };
    },
  },
  {
    name: 'memgap_cause_bytes',
    type: 'gauge',
    help: 'Bytes that an active cause explains; a byte is claimed once, and causes of context claim none.',
    labels: ['cause'],
    *values({ verdicts }) {
      for (const { name, bytes } of verdicts?.active ?? []) if (bytes !== undefined) yield { labels: { cause: name }, value: bytes };
    },
  },
];
