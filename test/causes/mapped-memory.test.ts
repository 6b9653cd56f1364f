import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ledgerOf } from '../../src/books/ledger.ts';
import type { RssBook } from '../../src/books/owners/book.ts';
import { judge } from '../../src/causes/engine/judge.ts';
import { causes } from '../../src/causes/index.ts';
import type { CgroupStat } from '../../src/model/cgroup.ts';
import type { RssComponent } from '../../src/model/components/rss.ts';
import type { ProcessStatus } from '../../src/model/process.ts';
import { found } from '../../src/model/reading.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { bytes } from '../../src/model/units.ts';
import { cgroupStatWith, memStatsWith, snapshotWith } from '../snapshots.ts';
import { bookWith, nothingNamed } from './books.ts';
import { pastOf } from './pasts.ts';

// What only made-up numbers can show; programs that do it are in acceptance/causes/proofs.ts.

const mib = (count: number) => bytes(count * 1024 ** 2);

function groupOf(usage: number, stat: Partial<CgroupStat>, version: 1 | 2 = 2): Snapshot['cgroup'] {
  const level = { path: '/x', usage: mib(usage), limit: undefined, high: undefined, stat: cgroupStatWith(stat) };
  const unknown = { peak: undefined, swap: undefined, swapLimit: undefined, hierarchicalLimit: undefined };
  return found({ version, via: 'root', levels: [level], usageBefore: mib(usage), ...unknown });
}

function statusOf(known: Partial<ProcessStatus>): Snapshot['status'] {
  const unknown = { vmHwm: undefined, rssAnon: undefined, rssFile: undefined, rssShmem: undefined, vmSwap: undefined, vmPte: undefined };
  return found({ name: 'x', vmRss: mib(200), threads: undefined, ...unknown, ...known });
}

function causesOf(
  snapshot: Partial<Snapshot>,
  components: Partial<Record<RssComponent, number>> = {},
  named: Partial<RssBook['named']> = {},
): ReadonlyMap<string, { readonly bytes?: number; readonly summary: string; readonly next: string }> {
  const book = bookWith(components, { named: { ...nothingNamed, ...named } });
  const { active } = judge(causes, { ledger: ledgerOf(snapshotWith(snapshot), book), past: pastOf({}) });
  return new Map(active.map((cause) => [cause.name, cause]));
}

const ring = { name: 'anon_inode:bpf-map', chargedTo: 'kernel memory', rss: mib(128), pss: mib(64), size: mib(128) } as const;
const packets = { name: 'socket:[...]', chargedTo: 'nobody', rss: mib(64), pss: mib(64), size: mib(64) } as const;

test('a BPF map that is mapped is claimed once: as a ring, and the rest of kernel memory as that; on v2 vmalloc may have it', () => {
  for (const stat of [{ kernel: mib(90) }, { kernel: mib(90), vmalloc: mib(70) }]) {
    const cgroup = groupOf(100, { anon: mib(10), file: mib(0), ...stat });
    const named = causesOf({ cgroup }, { kernel_mappings: mib(128) }, { kernel: [ring] });
    assert.equal(named.get('kernel_rings')?.bytes, mib(64));
    assert.equal(named.get('kernel_other')?.bytes, mib(26));
  }
});

test('a ring of packets takes nothing from the kernel memory of the container', () => {
  const cgroup = groupOf(100, { anon: mib(10), file: mib(0), kernel: mib(90) });
  const named = causesOf({ cgroup }, { kernel_mappings: mib(64) }, { kernel: [packets] });
  assert.equal(named.get('kernel_rings')?.bytes, mib(64));
  assert.match(named.get('kernel_rings')?.summary ?? '', /does not count against the limit/);
  assert.equal(named.get('kernel_other')?.bytes, mib(90));
});

test('pages that nobody maps: huge pages only where the container has some, and VmPin does not explain them', () => {
  const stat = { anon: mib(20), file: mib(0), swapCached: mib(0), lists: mib(84) };
  const next = (vmPin: number, anonHuge: number | undefined) => {
    const huge = anonHuge === undefined ? {} : { anonHuge: mib(anonHuge) };
    const named = causesOf({ cgroup: groupOf(90, { ...stat, ...huge }), status: statusOf({ vmPin: mib(vmPin) }) });
    assert.equal(named.get('charged_unmapped')?.bytes, mib(64));
    return named.get('charged_unmapped')?.next ?? '';
  };
  assert.match(next(0, 40), /^nothing/);
  assert.match(next(63, 40), /io_uring/);
  assert.match(next(0, 0), /pipes/);
  assert.match(next(0, undefined), /pipes/);
});

test('shared memory: the lesser of charged and mapped; what another container pays for is told', () => {
  const told = (charged: number, rssShmem: number, distinct: number) => {
    const cgroup = groupOf(charged + 10, { anon: mib(10), file: mib(charged), shmem: mib(charged) });
    const shared = { distinct: mib(distinct), largest: [] };
    return causesOf({ cgroup, status: statusOf({ rssShmem: mib(rssShmem) }) }, { shmem: mib(rssShmem) }, { shared }).get('shmem');
  };
  assert.equal(told(64, 128, 64)?.bytes, mib(64));
  assert.match(told(64, 128, 64)?.summary ?? '', /more than once, so that RSS has 128 MiB/);
  assert.equal(told(64, 0, 0)?.bytes, mib(64));
  assert.match(told(64, 0, 0)?.summary ?? '', /no page mapped/);
  assert.equal(told(0, 64, 64)?.bytes, mib(64));
  assert.match(told(0, 64, 64)?.summary ?? '', /^64.0 MiB of shared memory is mapped here and charged to another container/);
  assert.match(
    told(40, 64, 64)?.summary ?? '',
    /^40.0 MiB is shared .*, and 24.0 MiB of shared memory is mapped here and charged to another/,
  );
});

test('the hint for shared memory is where it can be seen: descriptors, ipcs, mounts', () => {
  const next = (path: string) => {
    const cgroup = groupOf(80, { anon: mib(10), file: mib(64), shmem: mib(64) });
    const shared = { distinct: mib(64), largest: [{ path, rss: mib(64) }] };
    return causesOf({ cgroup, status: statusOf({ rssShmem: mib(64) }) }, { shmem: mib(64) }, { shared }).get('shmem')?.next ?? '';
  };
  assert.match(next('/memfd:x (deleted)'), /^ls -l \/proc\/PID\/fd \| grep -e memfd -e deleted/);
  assert.match(next('/dev/shm/x (deleted)'), /^ls -l \/proc\/PID\/fd/);
  assert.match(next('/dev/zero (deleted)'), /^munmap/);
  assert.match(next('/SYSV00000000 (deleted)'), /^ipcs -m/);
  assert.match(next('/dev/shm/x'), /^findmnt/);
  assert.match(next('[anon_shmem:x]'), /^findmnt/);
});

test('nothing has to be done about mapped files only where they are clean', () => {
  const next = (clean: number, dirty: number, locked: number) => {
    const files = { clean: mib(clean), dirty: mib(dirty), locked: mib(locked) };
    return causesOf({}, { mapped_files: mib(64), go_arenas: mib(136) }, { files }).get('mapped_files')?.next ?? '';
  };
  assert.match(next(60, 4, 0), /^nothing/);
  assert.match(next(4, 60, 0), /^sync FILE/);
  assert.match(next(4, 0, 60), /without the lock/);
});

test('what is locked is claimed of where it is: not of clean files, where heap is locked', () => {
  const locked = { total: mib(100), files: mib(0), largest: [] };
  const named = causesOf({}, { mapped_files: mib(64), go_metadata: mib(20), native_mmap: mib(116) }, { locked });
  assert.equal(named.get('mapped_files')?.bytes, mib(64));
  assert.equal(named.get('native_mmap')?.bytes, mib(116)); // more is known of it than that it is locked
  assert.equal(named.get('locked_memory')?.bytes, mib(20));
});

test('locked pages that somebody else read first count against the limit of that one', () => {
  const locked = { total: mib(64), files: mib(64), largest: [{ path: '/x', rss: mib(64) }] };
  const said = (unevictable: number) => {
    const cgroup = groupOf(100, { anon: mib(10), file: mib(64), unevictable: mib(unevictable) });
    return causesOf({ cgroup }, { mapped_files: mib(64), go_arenas: mib(100) }, { locked }).get('locked_memory')?.summary ?? '';
  };
  assert.match(said(63), /all of it counts against the limit/);
  assert.match(said(3), /3.00 MiB of it counts against the limit/);
  assert.match(said(0), /none of it counts against this limit/);
});

test('MADV_FREE of Go 1.16 and later is a setting, and of more than Go gave back somebody else did it', () => {
  const told = (heapReleased: number, goVersion: string) => {
    const memstats = memStatsWith({ heapReleased: mib(heapReleased) });
    return causesOf({ go: found({ memstats, goVersion }) }, { go_released_lazyfree: mib(64), go_arenas: mib(10) }).get('madv_free');
  };
  assert.match(told(64, 'go1.14')?.next ?? '', /^GODEBUG=madvdontneed=1/);
  assert.match(told(70, 'go1.22.1')?.next ?? '', /^take madvdontneed=0 out of GODEBUG/);
  assert.match(told(3, 'go1.26')?.summary ?? '', /not by Go, which has given back 3.00 MiB/);
});

test('code and copies that grow in a line are named for it, however small a part of RSS they are', () => {
  const floors = Array.from({ length: 48 }, (_, index) => 40 * 1024 ** 2 + 2 * index * 1024 ** 2);
  const past = pastOf({ rss: floors.map(() => 800 * 1024 ** 2), jit_code: floors, file_cow: floors }, 300);
  const book = bookWith({ jit_code: mib(70), file_cow: mib(70), go_arenas: mib(660) });
  const { active } = judge(causes, { ledger: ledgerOf(snapshotWith({}), book), past });
  for (const name of ['jit_code', 'file_cow']) {
    assert.match(active.find((cause) => cause.name === name)?.summary ?? name, /it grows in a line, 24\.0 MiB an hour/);
  }
});
