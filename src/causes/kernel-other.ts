import { kernelMemoryIn } from '../ledger/rss/kernel-mappings.ts';
import { found, known, missing } from '../reading.ts';
import { bytes, formatBytes } from '../units.ts';
import type { Cause } from './cause.ts';
import { size } from './evidence.ts';
import { isLarge } from './large.ts';

const parts = ['kernel_other', 'vmalloc', 'percpu'] as const;

/** Kernel memory without a name of its own: BPF maps, per-CPU data (ebpf-profiler#1891, cilium#37935). On cgroup v1 it is all of the kernel's. */
export const kernelOther: Cause = {
  name: 'kernel_other',
  title: 'other kernel memory',
  claims: ['cgroup:kernel_other', 'cgroup:vmalloc', 'cgroup:percpu'],
  judge({ ledger: { cgroup, mapped } }) {
    if (!cgroup.ok) return cgroup;
    const { components, total, numbers } = cgroup.value;
    const told = parts.filter((part) => components[part] !== undefined);
    if (told.length === 0) return missing('unsupported', "the group's files do not tell kernel memory");
    const all = told.reduce((sum, part) => sum + (components[part] ?? 0), 0);
    const rings = Math.min(all, kernelMemoryIn(known(mapped)?.value.named.kernel ?? [])); // they have a name: kernel_rings
    const kernel = bytes(all - rings);
    if (!isLarge(kernel, total)) return found('not this');
    const isV1 = numbers.version === 1;
    const what = isV1
      ? 'all of it in one number on cgroup v1: dentries, page tables, buffers of sockets and pipes'
      : 'such as BPF maps and per-CPU data';
    return found({
      bytes: kernel,
      evidence: [
        ...told.map((part) => size(part, components[part] ?? 0, isV1 ? 'memory.kmem.usage_in_bytes' : `memory.stat ${sourceOf[part]}`)),
        ...(rings === 0 ? [] : [size('of it rings and BPF maps that this process maps', rings, 'smaps Pss')]),
      ],
      summary: `${formatBytes(kernel)} is kernel memory, ${what}.`,
      next: isV1
        ? 'cat /proc/slabinfo on the node, or a node with cgroup v2, which tells the parts'
        : 'bpftool map show: whose maps are they?',
    });
  },
};

const sourceOf = { kernel_other: 'kernel - its named parts', vmalloc: 'vmalloc', percpu: 'percpu' } satisfies Record<
  (typeof parts)[number],
  string
>;
