import { found, missing } from '../reading.ts';
import { bytes, formatBytes } from '../units.ts';
import type { Cause } from './cause.ts';
import { size } from './evidence.ts';
import { isLarge } from './large.ts';

/** Shared memory and files on tmpfs: charged to the container, and in no process's RSS unless somebody maps them (kubernetes#128339). */
export const shmem: Cause = {
  name: 'shmem',
  title: 'tmpfs and shared memory',
  claims: ['rss:shmem', 'cgroup:shmem'],
  judge({ ledger: { cgroup, rss, snapshot } }) {
    const mapped = snapshot.status.ok ? snapshot.status.value.rssShmem : undefined;
    const charged = cgroup.ok ? cgroup.value.components.shmem : undefined;
    if (charged === undefined && !cgroup.ok) return cgroup;
    if (charged === undefined || !cgroup.ok) return missing('unsupported', 'memory.stat does not tell shared memory');
    const held = bytes(Math.max(charged, rss.ok ? (mapped ?? 0) : 0));
    if (!isLarge(held, cgroup.value.total)) return found('not this');
    const unmapped = mapped === undefined ? undefined : Math.max(0, charged - mapped);
    const most = unmapped !== undefined && unmapped > charged / 2 ? ', most of it in files that this process does not map' : '';
    return found({
      bytes: held,
      evidence: [
        size('charged to the container', charged, 'memory.stat shmem'),
        ...(mapped === undefined ? [] : [size('of this process', mapped, 'status RssShmem')]),
      ],
      summary: `${formatBytes(held)} is shared memory or lies in files on tmpfs${most}: it can only be swapped out or deleted.`,
      next: 'list the tmpfs mounts (findmnt -t tmpfs; emptyDir with medium: Memory) and what lies in them; set sizeLimit',
    });
  },
};
