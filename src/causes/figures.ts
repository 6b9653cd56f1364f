import type { Ledger } from '../ledger/ledger.ts';
import { known } from '../reading.ts';
import { filesInUse } from './files-in-use.ts';
import { heldOf } from './held.ts';
import { steadyNotGo } from './not-go.ts';
import { untilCollection } from './until-collection.ts';

/** What is kept of every snapshot for as long as a process is watched: bytes, but for the counts. */
export const series = [
  'rss',
  'rss_anon',
  'usage',
  'unreclaimable',
  'not_go',
  'sys',
  'used',
  'unexplained',
  'heap_alloc',
  'heap_inuse',
  'heap_reserved',
  'heap_fragmentation',
  'stacks',
  'go_metadata',
  'num_gc', // a count, as the next three
  'goroutines',
  'threads',
  'refaulted_file', // a count, since the group was made
  'c_malloc',
  'native_mmap',
  'jit_code',
  'file_cow',
  'thread_stacks',
  'mapped_files',
  'shmem',
  'page_cache',
  'slab',
  'sock',
  'kernel_other',
  'other_processes',
  'held',
  'at_goal',
  'files_in_use',
  'written', // since the process started
  'high_events', // counts, as the next two
  'machine_oom_kills',
  'strangers',
] as const;

/** The name of one series. */
export type Series = (typeof series)[number];

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
  const slabs = [parts?.slab_reclaimable, parts?.slab_unreclaimable].filter((each) => each !== undefined);
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
    c_malloc: owners?.c_malloc,
    native_mmap: owners?.native_mmap,
    jit_code: owners?.jit_code,
    file_cow: owners?.file_cow,
    thread_stacks: owners?.thread_stacks,
    mapped_files: owners?.mapped_files,
    shmem: parts?.shmem ?? owners?.shmem,
    page_cache: parts?.file_cache,
    slab: slabs.length === 0 ? undefined : slabs.reduce<number>((sum, size) => sum + size, 0),
    sock: parts?.sock,
    kernel_other: parts?.kernel_other,
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
