import type { SourceLoss } from '../../model/access.ts';

/** What goes missing without any one endpoint that tells Go's numbers. */
export const withoutGoNumbers: SourceLoss = {
  needs: 'endpoint',
  lost: 'the Go book, unless another Go source answers: what the runtime has committed, keeps and has given back',
  families: ['memgap_go_memory_bytes', 'memgap_go_used_bytes', 'memgap_go_reserved_bytes', 'memgap_rss_unexplained_bytes'],
};
