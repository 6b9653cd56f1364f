import type { Slices } from '../files/turns.ts';
import { goThroughDescriptors } from '../kernel/open-files/descriptors.ts';
import { mapReading, type Reading } from '../model/reading.ts';
import type { KernelPaths } from '../model/source.ts';

/**
 * Which of these sockets (`socket:[INODE]`) are among the open files of a process, `maxSockets` of them; looks at `budget.left` files at
 * most, which it counts down, each once whatever is looked for. A process opens as many files as it likes.
 */
export async function heldSockets(
  pid: number,
  sockets: ReadonlySet<string>,
  paths: KernelPaths,
  budget: { left: number },
  slices: Slices,
  maxSockets = sockets.size,
): Promise<Reading<ReadonlySet<string>>> {
  const held = new Set<string>();
  const all = await goThroughDescriptors({ pid, paths }, slices, (_, link) => {
    budget.left -= 1;
    if (link !== undefined && sockets.has(link)) held.add(link);
    return budget.left > 0 && held.size < maxSockets;
  });
  return mapReading(all, () => held);
}
