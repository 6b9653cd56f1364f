import { found } from '../reading.ts';
import { bytes, formatBytes } from '../units.ts';
import type { Cause } from './cause.ts';
import { size } from './evidence.ts';
import { growthIn } from './growing.ts';
import type { Growth } from './growth.ts';
import { isLarge } from './large.ts';

/** What C's malloc holds, in use or kept in its arenas after free(3) (go-rapidsnark#28, agentsview#1587). From outside the two look alike. */
export const cMallocRetained: Cause = {
  name: 'c_malloc_retained',
  title: "held by C's malloc",
  claims: ['rss:c_malloc'],
  judge({ ledger: { mapped }, past }) {
    if (!mapped.ok) return mapped;
    const { components, total } = mapped.value.value;
    const held = components.c_malloc ?? bytes(0);
    const growth = growthIn(past, 'c_malloc');
    if (!isLarge(held, total) || growth?.shape === 'line') return found('not this');
    return found({
      bytes: held,
      evidence: [
        size('C malloc', held, "smaps: brk, malloc's arenas and blocks"),
        ...(growth === undefined ? [] : [size('its growth', growth.rise, 'floor of the last quarter of the time - floor of the first')]),
      ],
      summary: `C's malloc holds ${formatBytes(held)}, in use or kept after it was freed${trendOf(growth)}.`,
      next: 'MALLOC_ARENA_MAX=2; and malloc_trim(0) in the C code after a load: what it gives back was free',
    });
  },
};

function trendOf(growth: Growth | undefined): string {
  if (growth === undefined) return '; whether it grows shows after an hour';
  if (growth.stands) return '; it does not grow';
  if (growth.last >= growth.step) return '; it grows, not in a line';
  return `; of late it has not come back to its floor, and is ${formatBytes(growth.newest)} above it`;
}
