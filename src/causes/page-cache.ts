import { found, missing } from '../reading.ts';
import { formatBytes } from '../units.ts';
import type { Cause } from './cause.ts';
import { ratio, size } from './evidence.ts';

const share = 0.25; // of the container's usage

/** File pages that the kernel keeps because nobody else wants the room (kubernetes#43916, #75870, falco#338). */
export const pageCache: Cause = {
  name: 'page_cache',
  title: 'page cache',
  claims: ['cgroup:file_cache'],
  judge({ ledger: { cgroup } }) {
    if (!cgroup.ok) return cgroup;
    const { total, components } = cgroup.value;
    const { file_cache } = components;
    if (file_cache === undefined) return missing('unsupported', 'memory.stat does not tell the page cache apart from shared memory');
    if (file_cache < share * total) return found('not this');
    return found({
      bytes: file_cache,
      evidence: [
        size('page cache', file_cache, 'memory.stat file - shmem'),
        ratio("of the container's usage", file_cache / total, 'memory.current'),
      ],
      summary: `${formatBytes(file_cache)} of the container's number is page cache, which the kernel takes back when it needs the room.`,
      next: 'nothing: watch memgap_oom_headroom_bytes instead of the working set',
    });
  },
};
