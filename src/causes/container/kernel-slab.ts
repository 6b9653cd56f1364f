import { found, missing } from '../../model/reading.ts';
import { bytes, formatBytes } from '../../model/units.ts';
import { type Cause, inactive, isLarge, size } from '../engine/cause.ts';

/**
 * Objects of the kernel, mostly dentries and inodes of looked-up files: 1.23 GB beside 0.66 MB of anon in cadvisor#3081, ecs-agent#3594.
 */
export const kernelSlab: Cause = {
  name: 'kernel_slab',
  title: 'kernel objects: dentries, inodes',
  claims: ['cgroup:slab_reclaimable', 'cgroup:slab_unreclaimable'],
  judge({ ledger: { cgroup } }) {
    if (!cgroup.ok) return cgroup;
    const { slab_reclaimable, slab_unreclaimable } = cgroup.value.components;
    if (slab_reclaimable === undefined) {
      return missing('unsupported', 'memory.stat does not tell slab: cgroup v1 has one number for all kernel memory (kernel_other)');
    }
    const slab = bytes(slab_reclaimable + (slab_unreclaimable ?? 0));
    if (!isLarge(slab, cgroup.value.total)) return inactive;
    return found({
      bytes: slab,
      evidence: [
        size('reclaimable', slab_reclaimable, 'memory.stat slab_reclaimable'),
        size('not reclaimable', slab_unreclaimable, 'memory.stat slab_unreclaimable'),
      ],
      summary: `${formatBytes(slab)} is the kernel's own: ${formatBytes(slab_reclaimable)} of it, mostly dentries of files that were looked up or removed, is taken back when memory is short.`,
      next: 'nothing, if headroom counts it: memgap_oom_headroom_bytes; else stop making short-lived files',
    });
  },
};
