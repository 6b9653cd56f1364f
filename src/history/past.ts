import type { Series } from './series.ts';

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
