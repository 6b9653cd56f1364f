import { found, missing, type Reading } from '../reading.ts';
import type { Bracket, GoNumbers } from '../snapshot.ts';
import { type Bytes, bytes } from '../units.ts';

const tolerated = 0.02; // of RSS: under load the committed heap was seen to move by 52 MiB inside one bracket

/** How far `used` moved between the Go numbers before and after the process was read. `attempts` says how often that was tried. */
export function bracketOf(
  before: Reading<GoNumbers>,
  after: Reading<GoNumbers>,
  rss: Bytes | undefined,
  attempts: number,
): Reading<Bracket> {
  if (!before.ok) return before;
  if (!after.ok) return after;
  if (rss === undefined) return missing('disabled', 'no process is read between the Go numbers');
  const skew = bytes(Math.abs(usedOf(after.value) - usedOf(before.value)));
  return found({ skew, stable: skew <= tolerated * rss, attempts });
}

function usedOf({ memstats }: GoNumbers): number {
  return memstats.sys - memstats.heapReleased;
}
