import { found, known } from '../../model/reading.ts';
import { type Bytes, bytes, formatBytes } from '../../model/units.ts';
import { printable } from '../../untrusted.ts';
import type { Account } from '../engine/accounts.ts';
import { type Cause, inactive, isLarge, size, worthNamingBytes } from '../engine/cause.ts';

const files: readonly Account[] = ['rss:mapped_files', 'rss:exe_file', 'rss:shared_libraries'];

/** What mlockall(2) has filled, and Go gave back in vain, first. */
const others: readonly Account[] = [
  'rss:go_released_resident',
  'rss:go_metadata',
  'rss:native_mmap',
  'rss:go_arenas',
  'rss:exe_data',
  'rss:c_malloc',
  'rss:thread_stacks',
  'rss:file_cow',
  'rss:jit_code',
  'rss:shmem',
];

/**
 * Locked by mlock(2), mlockall(2) or memfd_secret(2): page cache that is never taken back (openbao#354, bbolt#760; etcd's --memory-mlock).
 */
export const lockedMemory: Cause = {
  name: 'locked_memory',
  title: 'locked in memory',
  claims: [...files, ...others],
  judge({ ledger: { mapped, snapshot, cgroup } }) {
    if (!mapped.ok) return mapped;
    const { total, named } = mapped.value.value;
    const { locked } = named;
    if (!isLarge(locked.total, total)) return inactive;
    const [largest] = locked.largest;
    const ofFiles =
      largest === undefined ? '' : `; ${formatBytes(locked.files)} of it is pages of files, most of ${printable(largest.path, 128)}`;
    const vmLck = known(snapshot.status)?.vmLck;
    const unevictable = known(cgroup)?.numbers.levels[0].stat.unevictable;
    return found({
      bytes: bytes(locked.total),
      from: [...(locked.files > 0 ? files : []), ...(locked.total > locked.files ? others : [])],
      evidence: [
        size('resident in locked mappings', locked.total, 'smaps Locked, VmFlags lo'),
        ...locked.largest.map(({ path, rss }) => size(printable(path, 128), rss, 'smaps')),
        size('address space that is locked', vmLck, 'status VmLck'),
        size('of the container, never taken back', unevictable, 'memory.stat unevictable'),
      ],
      summary: `${formatBytes(locked.total)} is locked${ofFiles}: none of it is taken back, ${payerOf(locked.total, unevictable)}, and what Go gives back of it stays.`,
      next: 'start it without the lock (etcd: --memory-mlock=false; bbolt: Options.Mlock; mlockall in the code), or size the limit with it',
    });
  },
};

/** Pages of files are charged to the group that read them first. */
function payerOf(locked: Bytes, unevictable: Bytes | undefined): string {
  if (unevictable === undefined || !(unevictable < locked / 2)) return 'all of it counts against the limit';
  const first = 'the container that read it first pays';
  if (unevictable < worthNamingBytes) return `none of it counts against this limit (${first})`;
  return `${formatBytes(unevictable)} of it counts against the limit (of the rest, ${first})`;
}
