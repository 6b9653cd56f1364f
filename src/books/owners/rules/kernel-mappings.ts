import { sizeOf } from '../../../model/address-range.ts';
import { type Bytes, bytes } from '../../../model/units.ts';
import type { ResidentPiece } from '../component.ts';
import { copiesIn } from './file-pages.ts';

/** Who is charged for pages of the kernel's that a process maps: its group as kernel memory, nobody, or that is not known. */
type ChargedTo = 'kernel memory' | 'nobody' | 'unknown';

/** Mappings of one kind of thing of the kernel's. */
export interface KernelMapping {
  /** The name that maps gives it, without what tells one from another (`socket:[...]`). Hostile where it is a path. */
  readonly name: string;
  readonly chargedTo: ChargedTo;
  readonly rss: Bytes;
  /** Each page once: rss counts one as often as it is mapped. */
  readonly pss: Bytes;
  /** Address space: what perf's rings hold is in no RSS on Linux 6.18; older kernels may count it. */
  readonly size: Bytes;
}

const maxKinds = 8;

/**
 * What was measured on 6.18 by a group's files before and after: io_uring's rings and BPF maps are the very pages that its kernel memory
 * has grown by; a packet ring's, AF_XDP's and perf's are charged to no group, and gone from MemFree (packet_mmap.rst; alloc_one_pg_vec_page
 * of net/packet/af_packet.c and rb_alloc of kernel/events/ring_buffer.c allocate without __GFP_ACCOUNT).
 */
const kinds: ReadonlyArray<{ readonly prefix: string; readonly name: string; readonly chargedTo: ChargedTo }> = [
  { prefix: 'socket:[', name: 'socket:[...]', chargedTo: 'nobody' },
  { prefix: 'anon_inode:[perf_event]', name: 'anon_inode:[perf_event]', chargedTo: 'nobody' },
  { prefix: 'anon_inode:[io_uring]', name: 'anon_inode:[io_uring]', chargedTo: 'kernel memory' },
  { prefix: 'anon_inode:bpf-map', name: 'anon_inode:bpf-map', chargedTo: 'kernel memory' },
];

/** The component kernel_mappings by kind, the most resident first; vdso and its like left out. */
export function kernelMappingsOf(pieces: readonly ResidentPiece[]): readonly KernelMapping[] {
  const found = new Map<string, { chargedTo: ChargedTo; rss: number; pss: number; size: number }>();
  for (const piece of pieces) {
    const { owner, mapping } = piece;
    if (owner !== 'kernel_mappings' || mapping.path.startsWith('[')) continue;
    const { name, chargedTo } = kindOf(mapping.path);
    const sum = found.get(name) ?? { chargedTo, rss: 0, pss: 0, size: 0 };
    const copies = copiesIn(piece);
    sum.rss += piece.rss - copies;
    sum.pss += Math.max(0, Math.min(piece.rss, mapping.pss ?? piece.rss) - copies);
    sum.size += sizeOf(piece);
    found.set(name, sum);
  }
  const sorted = [...found].sort(([, a], [, b]) => b.rss - a.rss || b.size - a.size).slice(0, maxKinds);
  return sorted.map(([name, { chargedTo, rss, pss, size }]) => ({ name, chargedTo, rss: bytes(rss), pss: bytes(pss), size: bytes(size) }));
}

/** Kernels differ in whether a slash stands before it. */
function kindOf(path: string): { readonly name: string; readonly chargedTo: ChargedTo } {
  const bare = path.startsWith('/anon_inode:') ? path.slice(1) : path;
  return kinds.find(({ prefix }) => bare.startsWith(prefix)) ?? { name: bare, chargedTo: 'unknown' };
}

/** What the group is charged for as kernel memory, and the process maps. */
export function kernelMemoryIn(mappings: readonly KernelMapping[]): Bytes {
  return bytes(mappings.reduce((sum, { chargedTo, pss }) => sum + (chargedTo === 'kernel memory' ? pss : 0), 0));
}
