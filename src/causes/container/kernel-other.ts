import { kernelMemoryIn } from '../../books/owners/rules/kernel-mappings.ts';
import { found, known, missing } from '../../model/reading.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { bytes, formatBytes } from '../../model/units.ts';
import { type Cause, count, type Evidence, inactive, isLarge, size } from '../engine/cause.ts';
import { type BehindDescriptors, behindDescriptors } from './behind-descriptors.ts';

const parts = ['kernel_other', 'vmalloc', 'percpu'] as const;

const minNamedRatio = 0.1;
const nearlyAllRatio = 0.9;
const maxNamed = 3;

/** Kernel memory without a name of its own: BPF maps, per-CPU data (ebpf-profiler#1891, cilium#37935). On v1 it is all of the kernel's. */
export const kernelOther: Cause = {
  name: 'kernel_other',
  title: 'other kernel memory',
  claims: ['cgroup:kernel_other', 'cgroup:vmalloc', 'cgroup:percpu'],
  judge({ ledger: { cgroup, mapped, snapshot } }) {
    if (!cgroup.ok) return cgroup;
    const { components, total, numbers } = cgroup.value;
    const named = parts.filter((part) => components[part] !== undefined);
    if (named.length === 0) return missing('unsupported', "the group's files do not tell kernel memory");
    const all = named.reduce((sum, part) => sum + (components[part] ?? 0), 0);
    const rings = Math.min(all, kernelMemoryIn(known(mapped)?.value.named.kernel ?? [])); // they have a name: kernel_rings
    const kernel = bytes(all - rings);
    if (!isLarge(kernel, total)) return inactive;
    const isV1 = numbers.version === 1;
    const open = known(snapshot.openFiles)?.value;
    const behind = open === undefined ? [] : worthNaming(behindDescriptors(open, isV1), kernel);
    const [first] = behind;
    const explanation =
      first === undefined ? unexplained(isV1, open !== undefined) : `its open files are ${list(behind)}${shared(snapshot)}`;
    return found({
      bytes: kernel,
      evidence: [
        ...named.map((part) => size(part, components[part] ?? 0, isV1 ? 'memory.kmem.usage_in_bytes' : `memory.stat ${sourceOf[part]}`)),
        rings > 0 && size('of it rings and BPF maps that this process maps', rings, 'smaps Pss'),
        ...behind.map(evidence),
      ],
      summary: `${formatBytes(kernel)} is kernel memory: ${explanation}.`,
      // what the open files can have is not half of it: then something else has most
      next: first !== undefined && first.most >= kernel / 2 ? first.next : slabs(isV1),
    });
  },
};

/** Those that can have a tenth of it, for a process has a few of each; where the kernel says that some have nearly all, these alone. */
function worthNaming(behind: readonly BehindDescriptors[], kernel: number): readonly BehindDescriptors[] {
  const exact = behind.filter(({ bytes: size }) => size !== undefined && size >= nearlyAllRatio * kernel);
  return exact.length > 0 ? exact : behind.filter(({ most }) => !(most < minNamedRatio * kernel)).slice(0, maxNamed);
}

function list(behind: readonly BehindDescriptors[]): string {
  return behind.map(({ named, bytes: size }) => (size === undefined ? named : `${named} (${formatBytes(size)})`)).join(', ');
}

/** The number is the group's, and the files are this process's. */
function shared({ others }: Snapshot): string {
  const count = known(others)?.count ?? 0;
  if (count === 0) return '';
  return count === 1 ? '; another process shares the container' : `; ${count} other processes share the container`;
}

function evidence({ named, count: of, bytes: explanation }: BehindDescriptors): Evidence | undefined {
  return explanation === undefined
    ? count(named.replace(/^\d+ /, ''), of, '/proc/PID/fd')
    : size(named, explanation, '/proc/PID/fdinfo memlock');
}

function unexplained(isV1: boolean, isKnown: boolean): string {
  const nothing = isKnown ? ', and nothing that this process has open takes so much' : '';
  return isV1
    ? `all of it in one number on cgroup v1${nothing}; mostly inodes and dentries of files that were looked up, or page tables`
    : `mostly BPF maps or per-CPU data${nothing}`;
}

function slabs(isV1: boolean): string {
  return isV1
    ? 'cat /proc/slabinfo on the node, before and after: which grow? Or a node with cgroup v2, which tells the parts'
    : 'bpftool map show: whose maps are they?';
}

const sourceOf = { kernel_other: 'kernel - its named parts', vmalloc: 'vmalloc', percpu: 'percpu' } satisfies Record<
  (typeof parts)[number],
  string
>;
