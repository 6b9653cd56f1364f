import { found, missing, type Reading } from '../reading.ts';
import type { Bracket, GoNumbers } from '../snapshot.ts';
import { type Bytes, bytes } from '../units.ts';

const tolerated = 0.02; // of RSS: under load the committed heap was seen to move by 52 MiB inside one bracket
const toleratedInBook = 0.001; // of RSS: with a skew far below that up to 1.2 % of the components stayed open, where arenas were mapped in between

/**
 * How far `used` moved between the Go numbers before and after the process was read; `open` is the share of the RSS book that they leave open, where
 * its mappings were walked in between. `attempts` says how often that was tried.
 */
export function bracketOf(
  before: Reading<GoNumbers>,
  after: Reading<GoNumbers>,
  rss: Bytes | undefined,
  open: number | undefined,
  attempts: number,
): Reading<Bracket> {
  if (!before.ok) return before;
  if (!after.ok) return after;
  if (rss === undefined) return missing('disabled', 'no process is read between the Go numbers');
  const skew = bytes(Math.abs(usedOf(after.value) - usedOf(before.value)));
  return found({ skew, stable: skew <= tolerated * rss && (open ?? 0) <= toleratedInBook, attempts });
}

function usedOf({ memstats }: GoNumbers): number {
  return memstats.sys - memstats.heapReleased;
}
