import { opendirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { found, missing, type Reading } from '../reading.ts';
import { failedRead } from '../sources/process/file.ts';
import type { Slices } from '../sources/process/slices.ts';
import type { KernelPaths } from '../sources/source.ts';

const betweenPauses = 64;

/**
 * Which of these sockets (`socket:[INODE]`) are among the open files of a process, `most` of them; looks at `budget.left` files at most, which it
 * counts down, each once whatever is looked for. A process opens as many files as it likes.
 */
export async function heldSockets(
  pid: number,
  sockets: ReadonlySet<string>,
  { procfs }: KernelPaths,
  budget: { left: number },
  slices: Slices,
  most = sockets.size,
): Promise<Reading<ReadonlySet<string>>> {
  const directory = join(procfs, String(pid), 'fd');
  const held = new Set<string>();
  try {
    const files = opendirSync(directory);
    try {
      for (let file = files.readSync(); file !== null && budget.left > 0 && held.size < most; file = files.readSync()) {
        budget.left -= 1;
        const link = linkOf(join(directory, file.name));
        if (sockets.has(link)) held.add(link);
        if (budget.left % betweenPauses === 0 && !(await slices.pause()))
          return missing('timeout', `${directory} was not gone through in time`);
      }
      return found(held);
    } finally {
      files.closeSync();
    }
  } catch (error) {
    return failedRead(error, directory);
  }
}

/** A file that was closed since it was listed leads nowhere; so does one that may be listed and not looked at (proc_pid_fd(5)). */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
