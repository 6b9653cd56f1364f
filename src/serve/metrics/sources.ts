import type { Family } from './family.ts';

/** How each source did, and which of them each book was made from. */
export const sourceFamilies: readonly Family[] = [
  {
    name: 'memgap_source_up',
    type: 'gauge',
    help: 'Whether the source could be read in the last snapshot; absent for one that is not configured or was not tried. The reason is on /explain.',
    labels: ['source'],
    *values({ ledger }) {
      for (const [source, { ok }] of Object.entries(ledger?.snapshot.sources ?? {})) yield { labels: { source }, value: Number(ok) };
    },
  },
  {
    name: 'memgap_source_duration_seconds',
    type: 'gauge',
    help: 'How long the source took in the last snapshot.',
    labels: ['source'],
    *values({ ledger }) {
      for (const [source, { seconds }] of Object.entries(ledger?.snapshot.sources ?? {})) yield { labels: { source }, value: seconds };
    },
  },
  {
    name: 'memgap_source_errors_total',
    type: 'counter',
    help: 'Failed reads of the source since memgap started, by reason; from the first error on.',
    labels: ['source', 'reason'],
    *values({ errors }) {
      for (const [source, reasons] of errors) {
        for (const [reason, value] of reasons) yield { labels: { source, reason }, value };
      }
    },
  },
  {
    name: 'memgap_book_source_info',
    type: 'gauge',
    help: 'Which source each book of the last snapshot was made from: how much memgap may read of the target (rss: metrics, status, smaps_rollup, smaps).',
    labels: ['book', 'source'],
    *values({ ledger }) {
      if (ledger === undefined) return;
      const { go, rss, mapped, cgroup, snapshot } = ledger;
      if (go.ok && snapshot.goSource !== undefined) yield { labels: { book: 'go', source: snapshot.goSource }, value: 1 };
      if (mapped.ok) yield { labels: { book: 'rss', source: 'smaps' }, value: 1 };
      else if (rss.ok)
        yield {
          labels: { book: 'rss', source: rss.value.source === 'status' && snapshot.rollup.ok ? 'smaps_rollup' : rss.value.source },
          value: 1,
        };
      if (cgroup.ok) yield { labels: { book: 'cgroup', source: 'cgroup' }, value: 1 };
    },
  },
];
