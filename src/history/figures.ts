import type { Ledger } from '../books/ledger.ts';
import { type CgroupComponent, type CgroupSeries, cgroupTable } from '../model/components/cgroup.ts';
import { type RssLeak, rssLeaks } from '../model/components/rss.ts';
import { rowsOf } from '../model/components/table.ts';
import { known } from '../model/reading.ts';
import { untilCollection } from './collections.ts';
import { filesInUse } from './files-in-use.ts';
import { heldOf } from './held.ts';
import { steadyNotGo } from './not-go.ts';
import type { Series } from './past.ts';

/** One value for each series that this ledger tells. */
export function figuresOf(ledger: Ledger): Readonly<Record<Series, number | undefined>> {
  const { snapshot } = ledger;
  const rss = known(ledger.rss);
  const go = known(ledger.go);
  const numbers = known(snapshot.go);
  const group = known(ledger.cgroup);
  const owners = known(ledger.mapped)?.value.components;
  const parts = group?.components;
  const held = known(heldOf(ledger));
  const growth = known(untilCollection(ledger));
  return {
    rss: rss?.total,
    rss_anon: rss === undefined ? undefined : known(rss.kinds)?.components.anon,
    usage: group?.total,
    unreclaimable: group?.unreclaimable,
    not_go: steadyNotGo(ledger),
    sys: go?.total,
    used: go?.used,
    unexplained: known(ledger.unexplained),
    heap_alloc: numbers?.memstats.heapAlloc,
    heap_inuse: numbers?.memstats.heapInuse,
    heap_reserved: go?.reserved,
    heap_fragmentation: go?.fragmentation,
    stacks: numbers?.memstats.stackSys,
    go_metadata: go?.metadata,
    num_gc: numbers?.memstats.numGc,
    goroutines: numbers?.goroutines ?? known(snapshot.profiles)?.goroutines,
    threads: known(snapshot.status)?.threads,
    refaulted_file: group?.numbers.levels[0].stat.refaultedFile,
    ...(Object.fromEntries(rssLeaks.map((name) => [name, owners?.[name]])) as Record<RssLeak, number | undefined>),
    mapped_files: owners?.mapped_files,
    shmem: parts?.shmem ?? owners?.shmem,
    page_cache: sumIn(parts, 'page_cache'),
    slab: sumIn(parts, 'slab'),
    sock: sumIn(parts, 'sock'),
    kernel_other: sumIn(parts, 'kernel_other'),
    other_processes: known(snapshot.others)?.rss,
    held: held?.size,
    at_goal: held === undefined || growth === undefined ? undefined : held.size + growth,
    files_in_use: held && filesInUse(ledger, held.of)?.size,
    written: known(snapshot.activity)?.writtenBytes,
    high_events: known(snapshot.events)?.high,
    machine_oom_kills: snapshot.machineOomKills,
    strangers: known(snapshot.others)?.strangers,
  };
}

/** What the container's components come to that are counted in a series; `undefined` where none of them is known. */
function sumIn(parts: Readonly<Partial<Record<CgroupComponent, number>>> = {}, figure: CgroupSeries): number | undefined {
  const sizes = rowsOf(cgroupTable).flatMap(([name, { series }]) => (series === figure ? (parts[name] ?? []) : []));
  return sizes.length === 0 ? undefined : sizes.reduce((sum, size) => sum + size, 0);
}
