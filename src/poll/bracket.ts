import type { GoNumbers } from '../model/go.ts';
import { found, missing, type Reading } from '../model/reading.ts';
import type { Bracket } from '../model/snapshot.ts';
import { type Bytes, bytes } from '../model/units.ts';

const maxSkewOfRss = 0.02; // under load the committed heap was seen to move by 52 MiB inside one bracket
const maxOpenOfRss = 0.001; // with a skew far below that up to 1.2 % of the components stayed open, where arenas were mapped in between

/** What an attempt at a snapshot came to; `open` is the share of the RSS book that its Go numbers leave open. */
interface Attempted {
  readonly bracket: Reading<Bracket>;
  readonly open: number | undefined;
}

/**
 * How far `used` moved between the Go numbers before and after the process was read (docs/how-it-works.md#the-bracket); `open` is the share
 * of the RSS book that they leave open, where its mappings were walked in between. `attempts` says how often that was tried.
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
  return found({ skew, stable: skew <= maxSkewOfRss * rss && !isOpen(open), attempts });
}

/** Whether the Go numbers moved too far for the RSS book. */
export function isOpen(open: number | undefined): boolean {
  return (open ?? 0) > maxOpenOfRss;
}

/** Whether an attempt is better than an earlier one of the same snapshot: a stable one, else the one that leaves less of the book open. */
export function isNarrower(one: Attempted, other: Attempted): boolean {
  if (!one.bracket.ok || !other.bracket.ok) return one.bracket.ok;
  const [a, b] = [one.bracket.value, other.bracket.value];
  if (a.stable !== b.stable) return a.stable;
  if (isOpen(one.open) || isOpen(other.open)) return (one.open ?? 0) < (other.open ?? 0);
  return a.skew < b.skew;
}

function usedOf({ memstats }: GoNumbers): number {
  return memstats.sys - memstats.heapReleased;
}
