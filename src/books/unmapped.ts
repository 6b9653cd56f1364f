import { known } from '../model/reading.ts';
import type { Bytes } from '../model/units.ts';
import type { Ledger } from './ledger.ts';

/** Anonymous pages that a group is charged for and nobody maps. */
export interface Unmapped {
  readonly size: Bytes;
  /**
   * Why: the kernel has pages pinned for a ring or a device (VmPin), or huge pages that a process gave back in part are not split yet. Else
   * no number tells: pipes (vmsplice(2)) and AF_XDP hold pages without one, and a huge page of which a part is gone counts as none (128 MiB
   * of halves left rss_huge at 0, 6.18).
   */
  readonly why: 'pinned' | 'huge pages' | 'not known';
  readonly pinned: Bytes | undefined;
  readonly huge: Bytes | undefined;
}

const minExplainedRatio = 0.5; // of them must be explained: VmPin counts pages that are mapped as well

/** Absent where memory.stat has not the lists of pages that tell it. */
export function unmappedOf({ cgroup, snapshot }: Ledger): Unmapped | undefined {
  const group = known(cgroup);
  const size = group?.components.anon_unmapped;
  if (group === undefined || size === undefined) return undefined;
  const huge = group.numbers.levels[0].stat.anonHuge;
  const pinned = known(snapshot.status)?.vmPin;
  const isPinned = pinned !== undefined && pinned > 0 && pinned >= minExplainedRatio * size;
  return { size, why: isPinned ? 'pinned' : (huge ?? 0) > 0 ? 'huge pages' : 'not known', pinned, huge };
}
