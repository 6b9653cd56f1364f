import { release } from 'node:os';
import { join } from 'node:path';
import { budgets } from '../../budgets.ts';
import type { ProcessHandle } from '../../model/source.ts';
import { tape } from '../../tape.ts';
import { readHead } from '../process/file.ts';

const pageBytes = 4096;
const hugePageBytes = 2 * 1024 ** 2;

/** File systems on a disk with single pages of cache before Linux 6.16 (ext4); xfs has larger ones from 5.18, an overlay's are unknown. */
const ofPages = new Set(['ext2', 'ext3', 'ext4']);

/** File systems of which nothing is ever sent that is page cache of a disk. */
const ofNoDisk = new Set(
  (
    'autofs binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts devtmpfs hugetlbfs mqueue proc pstore ramfs rootfs ' +
    'securityfs sysfs tmpfs tracefs'
  ).split(' '),
);

/** The largest piece (folio), in bytes, of page cache of files that this process can open: a byte in a queue holds all of it. */
export function readLargestFolio({ pid, paths }: ProcessHandle): number {
  const mounts = readHead(join(paths.procfs, String(pid), 'mountinfo'), budgets.mountinfo.maxBytes);
  return mounts.ok && mounts.value.whole ? largestFolio(mounts.value.text, tape()?.fact('kernel', release) ?? release()) : hugePageBytes;
}

/** Pure: by the types of the mounts in the text of a mountinfo (proc_pid_mountinfo(5)), and the kernel's release. */
export function largestFolio(mountinfo: string, kernel: string): number {
  const [, major = '', minor = ''] = /^(\d{1,4})\.(\d{1,4})/.exec(kernel) ?? [];
  const isOld = major !== '' && (Number(major) < 6 || (Number(major) === 6 && Number(minor) < 16));
  if (!isOld) return hugePageBytes;
  const types = [...mountinfo.matchAll(/ - (\S{1,64}) /g)].map(([, type = '']) => type);
  return types.length > 0 && types.every((type) => ofPages.has(type) || ofNoDisk.has(type)) ? pageBytes : hugePageBytes;
}
