import { type Ledger, ledgerOf } from '../../src/books/ledger.ts';
import { judge, type Verdicts } from '../../src/causes/engine/judge.ts';
import { causes } from '../../src/causes/index.ts';
import { createHistory } from '../../src/history/history.ts';
import type { GoNumbers } from '../../src/model/go.ts';
import { found } from '../../src/model/reading.ts';
import { bytes } from '../../src/model/units.ts';
import { memStatsWith, snapshotWith } from '../snapshots.ts';
import { bookWith } from './books.ts';

/** One poll of a made-up process, sizes in MiB. */
export interface Moment {
  readonly rss: number;
  /** Of Go's heap; all of it is in use. */
  readonly heap: number;
  readonly collections: number;
  readonly nextGc?: number;
  /** Of C's malloc; absent where the mappings were not walked. */
  readonly c?: number;
  readonly gogc?: GoNumbers['gogc'];
}

/**
 * What memgap says of a life of so many hours, told by its hours: at its last poll and those that `isLookedAt`. `poll` seconds lie between
 * two.
 */
export function lived(
  hours: number,
  at: (hour: number) => Moment,
  isLookedAt: (hour: number) => boolean = () => false,
  poll = 15,
): ReadonlyArray<{ readonly hour: number; readonly ledger: Ledger; readonly verdicts: Verdicts }> {
  const history = createHistory();
  const polls = Math.round((hours * 3600) / poll);
  const looks: Array<ReturnType<typeof lived>[number]> = [];
  for (let index = 0; index <= polls; index += 1) {
    const hour = (index * poll) / 3600;
    const ledger = ledgerAt(index * poll, at(hour));
    history.add(ledger);
    if (index === polls || isLookedAt(hour)) looks.push({ hour, ledger, verdicts: judge(causes, { ledger, past: history.past() }) });
  }
  return looks;
}

function ledgerAt(takenAt: number, { rss, heap, collections, nextGc = 2 * heap, c, gogc }: Moment): Ledger {
  const none = bytes(0);
  const memstats = memStatsWith({
    heapAlloc: mib(heap),
    heapInuse: mib(heap),
    heapIdle: none,
    heapReleased: none,
    heapSys: mib(heap),
    sys: mib(heap + 12),
    nextGc: mib(nextGc),
    numGc: collections,
  });
  const unknown = { vmHwm: undefined, rssAnon: undefined, rssFile: undefined, rssShmem: undefined, vmSwap: undefined, vmPte: undefined };
  const snapshot = snapshotWith({
    takenAt,
    go: found({ memstats, ...(gogc !== undefined && { gogc }) }),
    status: found({ name: 'x', vmRss: mib(rss), threads: 9, ...unknown }),
  });
  return ledgerOf(snapshot, c === undefined ? undefined : bookWith({ go_arenas: mib(heap), c_malloc: mib(c), go_metadata: mib(8) }));
}

function mib(count: number) {
  return bytes(Math.round(count * 1024 ** 2));
}
