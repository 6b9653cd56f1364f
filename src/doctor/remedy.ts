import type { CheckName } from './check.ts';

/** What to write, and where. */
export interface Snippet {
  readonly where: string;
  /** Where it applies; absent means everywhere. */
  readonly on?: 'kubernetes' | 'host';
  /** Whole lines, to be copied as they are. */
  readonly lines: readonly string[];
}

/** One thing that a person can do, and the lines that do it. */
export interface Remedy {
  /** Stable: the `name` of the JSON document. */
  readonly name: string;
  /** One clause, in the imperative. */
  readonly title: string;
  /** The checks that it helps to pass. */
  readonly mends: readonly CheckName[];
  readonly snippets: readonly Snippet[];
}
