/** What stands behind a descriptor, as its link of /proc/PID/fd says. */
export type DescriptorKind =
  | { readonly kind: 'socket' | 'pipe'; readonly inode: string }
  /** An inode that many files share, and what it is for: `bpf-map`, `io_uring`, `eventfd`. */
  | { readonly kind: 'anonymous'; readonly name: string }
  /** A file of memory, or one that was deleted, with its hostile path: whether it lies in memory, its mount tells. */
  | { readonly kind: 'memfd' | 'deleted'; readonly path: string }
  | { readonly kind: 'other' };

const other: DescriptorKind = { kind: 'other' };
const deletion = ' (deleted)';

/**
 * Pure: what the text of one link tells (proc_pid_fd(5)). The kernel's own names begin with no slash, and so no path can pass for one; `/memfd:` is one
 * that a file may have, too, which its mount decides.
 */
export function descriptorKind(link: string): DescriptorKind {
  const [, kind, inode] = /^(socket|pipe):\[(\d{1,20})\]$/.exec(link) ?? [];
  if (inode !== undefined) return { kind: kind === 'socket' ? 'socket' : 'pipe', inode };
  const [, name] = /^anon_inode:\[?([A-Za-z][\w -]{0,31})(?::\d+)?\]?$/.exec(link) ?? [];
  if (name !== undefined) return { kind: 'anonymous', name };
  if (!link.startsWith('/') || !link.endsWith(deletion)) return other;
  const path = link.slice(0, -deletion.length);
  return { kind: path.startsWith('/memfd:') ? 'memfd' : 'deleted', path };
}
