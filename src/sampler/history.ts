import type { Ledger } from '../ledger/ledger.ts';
import { known } from '../reading.ts';
import type { Moment } from '../snapshot.ts';

const most = 240; // an hour at 15 s; then every second moment is dropped and the step doubles

/** The moments of one process, thinned out so that they always span its whole watched life in bounded memory. */
export function createHistory(): { add(ledger: Ledger): void; moments(): readonly Moment[]; clear(): void } {
  let moments: Moment[] = [];
  let step = 1;
  let skipped = 0;
  let latest: Moment | undefined;

  function add(ledger: Ledger): void {
    latest = {
      at: ledger.snapshot.takenAt,
      rss: known(ledger.rss)?.total,
      used: known(ledger.go)?.used,
      usage: known(ledger.cgroup)?.total,
    };
    skipped += 1;
    if (moments.length > 0 && skipped < step) return;
    skipped = 0;
    moments.push(latest);
    if (moments.length < most) return;
    moments = moments.filter((_, index) => index % 2 === 0);
    skipped = step; // the last moment went with the odd ones: the one before it is so long ago
    step *= 2;
  }

  function clear(): void {
    moments = [];
    step = 1;
    skipped = 0;
    latest = undefined;
  }

  return {
    add,
    moments: () => (latest === undefined || latest === moments.at(-1) ? moments : [...moments, latest]),
    clear,
  };
}
