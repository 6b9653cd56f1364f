/** What one process of the runner is told to run (run-modules.ts). */
export interface Order {
  readonly modules: readonly string[];
  readonly concurrency: number;
  /** Globs of the sources of which is printed how much the tests came through (Node 22 or later); none: nothing is. */
  readonly coverage: readonly string[];
}

/** A test, or a module that failed as a whole, and the file that it is in. */
export interface Named {
  readonly name: string;
  readonly file: string;
}

/** What came of an order. */
export interface Outcome {
  /** `pass`, `fail`, `cancelled`, `skipped`, as node:test counts them. */
  readonly counts: Readonly<Record<string, number>>;
  readonly failed: readonly Named[];
  readonly passed: readonly Named[];
  readonly skipped: readonly (Named & { readonly reason: string })[];
  /** File -> how long its tests took together. */
  readonly milliseconds: Readonly<Record<string, number>>;
}
