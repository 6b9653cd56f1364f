import { type Ledger, strangersIn } from '../../books/ledger.ts';
import { found, known, missing } from '../../model/reading.ts';
import { type Bytes, bytes, formatBytes } from '../../model/units.ts';
import { printable } from '../../untrusted.ts';
import { type Cause, inactive, isLarge, type Judgment, pidOf, size, worthNamingBytes } from '../engine/cause.ts';

/**
 * Shared memory and files on tmpfs: charged to the container whose process wrote them, whoever maps them now, and in no process's RSS
 * unless somebody maps them (kubernetes#128339). RssShmem counts a page as often as the process maps it.
 */
export const shmem: Cause = {
  name: 'shmem',
  title: 'tmpfs and shared memory',
  claims: ['rss:shmem', 'cgroup:shmem'],
  judge({ ledger }) {
    const { cgroup, snapshot } = ledger;
    const charged = cgroup.ok ? cgroup.value.components.shmem : undefined;
    if (!cgroup.ok && strangersIn(snapshot) > 0) return ofProcessAlone(ledger);
    if (charged === undefined && !cgroup.ok) return cgroup;
    if (charged === undefined || !cgroup.ok) return missing('unsupported', 'memory.stat does not tell shared memory');
    const mapped = known(snapshot.status)?.rssShmem;
    const distinct = distinctOf(ledger);
    const elsewhere = bytes(Math.max(0, (distinct ?? 0) - charged));
    const held = bytes(charged + (elsewhere < worthNamingBytes ? 0 : elsewhere));
    if (!isLarge(held, cgroup.value.total)) return inactive;
    const deleted = known(snapshot.openFiles)?.value.deleted;
    return found({
      bytes: held,
      evidence: [
        size('charged to the container', charged, 'memory.stat shmem'),
        size('mapped by this process', mapped, 'status RssShmem'),
        distinct !== mapped && size('the same, each page once', distinct, 'smaps Pss, and parts of files'),
        ...(deleted?.largest ?? []).map(({ path, bytes: each }) => size(printable(path, 128), each, '/proc/PID/fd')),
      ],
      summary: `${sentence({ charged, elsewhere, mapped, distinct })}: it can only be swapped out or deleted.`,
      next: nextOf(ledger, charged),
    });
  },
};

/** What the group holds is no answer where strangers share it. */
function ofProcessAlone(ledger: Ledger): Judgment {
  const held = distinctOf(ledger);
  const total = known(ledger.rss)?.total;
  if (held === undefined || total === undefined || !isLarge(held, total)) return inactive;
  return found({
    bytes: held,
    evidence: [size('mapped by this process', held, 'status RssShmem')],
    summary: `${formatBytes(held)} of shared memory, or of files on tmpfs, is mapped: it can only be swapped out or deleted.`,
    next: nextOf(ledger, held),
  });
}

/** What this process maps, each page once; as RssShmem has it where the mappings were not walked. */
function distinctOf({ mapped, snapshot }: Ledger): Bytes | undefined {
  const resident = known(snapshot.status)?.rssShmem;
  const book = known(mapped)?.value;
  if (resident === undefined || book === undefined) return resident;
  return bytes(Math.max(0, resident - ((book.components.shmem ?? 0) - book.named.shared.distinct)));
}

interface Sizes {
  readonly charged: Bytes;
  readonly elsewhere: Bytes;
  readonly mapped: Bytes | undefined;
  readonly distinct: Bytes | undefined;
}

function sentence({ charged, elsewhere, mapped, distinct }: Sizes): string {
  const other = `${formatBytes(elsewhere)} of shared memory is mapped here and charged to another container, whose process wrote it first`;
  if (elsewhere >= charged && elsewhere >= worthNamingBytes) return other;
  const twice = mapped !== undefined && distinct !== undefined && mapped - distinct >= worthNamingBytes;
  const parts = [
    `${formatBytes(charged)} is shared memory or lies in files on tmpfs`,
    twice ? `mapped more than once, so that RSS has ${formatBytes(mapped)} of it` : '',
    distinct !== undefined && distinct < charged / 2 ? 'most of it in files of which this process has no page mapped' : '',
    elsewhere >= worthNamingBytes ? `and ${other}` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** A memfd, a deleted file and shared anonymous memory are on no mount that lists; System V's are in ipcs(1). */
function nextOf(ledger: Ledger, charged: Bytes): string {
  const fds = `ls -l /proc/${pidOf(ledger)}/fd | grep -e memfd -e deleted`;
  const mounts = 'findmnt -t tmpfs (emptyDir with medium: Memory), and what lies there: delete it, set sizeLimit';
  const deleted = known(ledger.snapshot.openFiles)?.value.deleted;
  const [largest] = known(ledger.mapped)?.value.named.shared.largest ?? [];
  if (largest !== undefined && largest.rss >= charged / 2) {
    if (largest.path.startsWith('/SYSV')) return 'ipcs -m, and ipcrm -m what nobody needs';
    if (largest.path.startsWith('/dev/zero'))
      return 'munmap what is not needed: memory that was mapped MAP_SHARED|MAP_ANONYMOUS is in no file';
    // open or not: closed alone it stays for as long as it is mapped
    if (/^\/memfd:| \(deleted\)$/.test(largest.path)) return `${fds}, or a mapping of such a file: close and unmap what is not needed`;
    return mounts;
  }
  if (deleted !== undefined && deleted.bytes >= charged / 2) return `${fds}: close what is not needed`;
  return `${fds}; ${mounts}; ipcs -m`;
}
