import type { KernelMapping } from '../../books/owners/rules/kernel-mappings.ts';
import { found } from '../../model/reading.ts';
import { bytes, formatBytes } from '../../model/units.ts';
import { printable } from '../../untrusted.ts';
import { type Cause, inactive, isLarge, size, worthNamingBytes } from '../engine/cause.ts';

/** What people call it, and what makes it smaller. */
const kinds: Readonly<Record<string, { readonly what: string; readonly next: string }>> = {
  'socket:[...]': {
    what: 'packet rings (AF_PACKET, AF_XDP)',
    next: 'fewer or smaller blocks: tp_block_nr of PACKET_RX_RING (gopacket/afpacket: OptNumBlocks), one ring for each socket',
  },
  'anon_inode:[perf_event]': { what: 'perf rings', next: 'fewer pages for each CPU (cilium/ebpf: perCPUBuffer of perf.NewReader)' },
  'anon_inode:[io_uring]': { what: 'io_uring rings', next: 'fewer rings, or fewer entries in each: io_uring_setup(2)' },
  'anon_inode:bpf-map': {
    what: 'BPF maps',
    next: 'a lower max_entries (cilium/ebpf: MapSpec.MaxEntries); bpftool map show tells whose they are',
  },
};

/**
 * Rings and maps that the program shares with the kernel (kubernetes#116895, deepflow#3065, cilium/ebpf#1492): in RSS as files, and then
 * charged to nobody, or the very bytes that the container has as kernel memory.
 */
export const kernelRings: Cause = {
  name: 'kernel_rings',
  title: 'rings and maps of the kernel',
  claims: ['mapped:kernel_memory', 'rss:kernel_mappings'],
  judge({ ledger: { mapped } }) {
    if (!mapped.ok) return mapped;
    const { total, named } = mapped.value.value;
    const rings = named.kernel.filter(({ pss }) => pss >= worthNamingBytes);
    const held = bytes(rings.reduce((sum, { pss }) => sum + pss, 0));
    const [largest] = rings.toSorted((a, b) => b.pss - a.pss);
    if (largest === undefined || !isLarge(held, total)) return inactive;
    const resident = bytes(rings.reduce((sum, { rss }) => sum + rss, 0));
    const twice = resident - held < worthNamingBytes ? '' : `; RSS has ${formatBytes(resident)} of it, each page as often as it is mapped`;
    return found({
      bytes: held,
      evidence: [
        ...rings.map(({ name, pss }) => size(printable(name, 128), pss, 'smaps Pss')),
        twice !== '' && size('resident, each page as often as it is mapped', resident, 'smaps Rss'),
      ],
      summary: `${rings.map(clause).join('; ')}${twice}.`,
      next: kinds[largest.name]?.next ?? 'ls -l /proc/PID/fd: which device it is; its driver decides who is charged for it',
    });
  },
};

function clause({ name, chargedTo, pss }: KernelMapping): string {
  const what = kinds[name]?.what ?? `memory of ${printable(name, 128)}`;
  return `${formatBytes(pss)} is ${what}, ${payers[chargedTo]}`;
}

const payers: Readonly<Record<KernelMapping['chargedTo'], string>> = {
  nobody: 'in RSS and charged to no container: it is of the node, and does not count against the limit',
  'kernel memory': 'in RSS and, the same bytes, in the kernel memory of the container',
  unknown: 'in RSS; whether a container is charged for it is not known',
};
