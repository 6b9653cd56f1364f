import type { Bounds } from './conditions.ts';
import type { Trial } from './trial.ts';

/** How long a start and a load may take, in seconds, and how much may be read: what takes more has missed its bounds, and is given up. */
export interface Patience {
  readonly ready: number;
  readonly load: number;
  readonly readBytes: number;
}

/** With a program of which nothing is known yet. */
export const endless: Patience = { ready: 60, load: 120, readBytes: Number.POSITIVE_INFINITY };

/** With one that was seen without a limit. */
export function patienceWith(free: readonly Trial[], bounds: Bounds): Patience {
  const longest = Math.max(...free.map(({ loadSeconds = 0 }) => loadSeconds));
  return { ready: 3 * bounds.ready + 2, load: 2 * longest + 5, readBytes: 3 * bounds.readBytes };
}
