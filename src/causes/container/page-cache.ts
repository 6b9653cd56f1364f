import { found, known, missing } from '../../model/reading.ts';
import { bytes, formatBytes } from '../../model/units.ts';
import { type Cause, inactive, ratio, size } from '../engine/cause.ts';

const minUsageRatio = 0.25; // of the container's usage

/** File pages that the kernel keeps because nobody else wants the room (kubernetes#43916, #75870, falco#338). None is locked. */
export const pageCache: Cause = {
  name: 'page_cache',
  title: 'page cache',
  claims: ['cgroup:file_cache'],
  judge({ ledger: { cgroup, snapshot } }) {
    if (!cgroup.ok) return cgroup;
    const { total, components, lockedFile = bytes(0), workingSet, numbers } = cgroup.value;
    const { file_cache } = components;
    if (file_cache === undefined) return missing('unsupported', 'memory.stat does not tell the page cache apart from shared memory');
    const cache = bytes(Math.max(0, file_cache - lockedFile));
    if (cache < minUsageRatio * total) return inactive;
    const { activeFile, dirty } = numbers.levels[0].stat;
    const held = Math.min(known(snapshot.openFiles)?.value.sendHeld ?? 0, cache);
    const inUse = activeFile !== undefined && activeFile > cache / 2;
    const but = [
      ...(inUse ? [`${formatBytes(bytes(Math.min(activeFile, cache)))} of it was used more than once: a limit needs room for that`] : []),
      ...(held > cache / 4 ? ['what slow readers have not taken of it can not be taken back'] : []),
      ...(dirty !== undefined && dirty > cache / 4 ? [`${formatBytes(dirty)} of it has to be written to the disk first`] : []),
    ];
    return found({
      bytes: cache,
      evidence: [
        size('page cache', cache, lockedFile > 0 ? 'memory.stat file - shmem, less what is locked' : 'memory.stat file - shmem'),
        ratio("of the container's usage", cache / total, numbers.version === 2 ? 'memory.current' : 'memory.usage_in_bytes'),
        size('used more than once', activeFile, 'memory.stat active_file'),
        size('what kubectl top shows', workingSet, 'usage - inactive_file'),
      ],
      summary: `${formatBytes(cache)} of the container's number is page cache, which the kernel takes back when it needs the room${but.length === 0 ? '' : `; ${but.join('; ')}`}.`,
      next: inUse
        ? 'nothing: watch memgap_oom_headroom_bytes instead of the working set, and leave its files in use room below the limit'
        : 'nothing: watch memgap_oom_headroom_bytes instead of the working set',
    });
  },
};
