import fc from 'fast-check';

/** Few in the quick tests, and on all Nodes but the first: scripts/test says so. */
const share = process.env.MEMGAP_TEST_INPUTS === 'few' ? 0.1 : 1;

/** How many inputs a property is tried with, by the tier of tests that runs; `usual` in the whole suite. */
export function runs(usual: number): number {
  return Math.max(Math.round(usual * share), Math.min(usual, 5));
}

// what names no number of its own
fc.configureGlobal({ numRuns: runs(100) });
