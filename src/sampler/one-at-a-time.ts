let last: Promise<unknown> = Promise.resolve();

/**
 * Runs `work` when the one before it has ended, over all targets of this process: two walks over mappings at once would hold two locks,
 * and each would seem to take as long as both, which its budget goes by.
 */
export function oneAtATime<T>(work: () => Promise<T>): Promise<T> {
  const turn = last.then(work, work);
  last = turn;
  return turn;
}
