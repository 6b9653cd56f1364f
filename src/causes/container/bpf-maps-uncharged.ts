import { found, missing } from '../../model/reading.ts';
import { formatBytes } from '../../model/units.ts';
import { type Cause, inactive, isLarge, size, worthNamingBytes } from '../engine/cause.ts';

/**
 * BPF maps in per-CPU memory that existed before: charged to nobody, so that fdinfo alone shows it (64 MiB moved no number of the group).
 */
export const bpfMapsUncharged: Cause = {
  name: 'bpf_maps_uncharged',
  title: 'BPF maps that the container is not charged for',
  claims: [],
  judge({ ledger: { cgroup, snapshot } }) {
    if (!cgroup.ok) return cgroup;
    if (!snapshot.openFiles.ok) return snapshot.openFiles;
    const { 'bpf-map': maps } = snapshot.openFiles.value.value.anonInodes;
    if (maps === undefined) return inactive;
    if (maps.bytes === undefined) return missing('too-large', 'it is not known what all BPF maps of the process take');
    const { total, components } = cgroup.value;
    const { kernel_other, vmalloc, percpu } = components;
    if (kernel_other === undefined) return missing('unsupported', "the group's files do not tell kernel memory");
    const charged = kernel_other + (vmalloc ?? 0) + (percpu ?? 0);
    const beyond = maps.bytes - charged;
    if (beyond < worthNamingBytes || !isLarge(beyond, total)) return inactive;
    return found({
      evidence: [
        size(maps.count === 1 ? '1 BPF map' : `${maps.count} BPF maps`, maps.bytes, '/proc/PID/fdinfo memlock'),
        size('kernel memory of the container', charged, cgroup.value.numbers.version === 1 ? 'memory.kmem.usage_in_bytes' : 'memory.stat'),
      ],
      summary: `The BPF maps that this process has open take ${formatBytes(maps.bytes)}, at least ${formatBytes(beyond)} of it charged to somebody else: per-CPU maps to the node, others to whoever made them.`,
      next: 'bpftool map show: per-CPU maps take their size once for each possible processor; fewer max_entries, or a map that all share',
    });
  },
};
