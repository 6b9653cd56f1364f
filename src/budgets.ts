/** Work that somebody else decides the size of: how much of it memgap does, and why so much. */
export interface Budget {
  readonly most: number;
  /** What is counted: work, never time, which a busy machine makes longer. */
  readonly unit: 'bytes' | 'lines' | 'entries' | 'mappings' | 'nodes' | 'turns' | 'connections';
  /** Of what, and who decides how much of it there is: a clause, for SECURITY.md. */
  readonly of: string;
  /** Why it is this figure: a clause, for SECURITY.md. */
  readonly why: string;
}

/**
 * Every budget of memgap, in one table. What exceeds one ends in a reading with a reason (`too-large`), in a refusal that names the figure, or in the first
 * so many, as its entry says; never in a longer wait.
 */
export const budgets = {
  mappings: {
    most: 20_000,
    unit: 'mappings',
    of: 'mappings of a target, which it makes',
    why: 'above it a walk costs too much, the target as well as memgap',
  },
} as const satisfies Readonly<Record<string, Budget>>;
