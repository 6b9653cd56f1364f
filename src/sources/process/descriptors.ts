import { opendirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { found, missing, type Reading } from '../../reading.ts';
import type { ProcessHandle } from '../source.ts';
import { failedRead, mayRead } from './file.ts';
import type { Slices } from './slices.ts';

const betweenPauses = 64;

/**
 * Goes through the open files of a process in slices, by what their links of /proc/PID/fd say; `visit` ends it by false. A link that can't be looked at is
 * `undefined`: the file was closed since it was listed, or it may be listed and not looked at (proc_pid_fd(5)). Nothing is opened, and no file system is asked.
 */
export async function goThroughDescriptors(
  { pid, paths }: ProcessHandle,
  slices: Slices,
  visit: (fd: string, link: string | undefined) => boolean,
): Promise<Reading<'all' | 'some'>> {
  const directory = join(paths.procfs, String(pid), 'fd');
  try {
    const files = opendirSync(directory);
    try {
      let count = 0;
      for (let file = files.readSync(); file !== null; file = files.readSync()) {
        if (!visit(file.name, linkOf(join(directory, file.name)))) return found('some');
        count += 1;
        if (count % betweenPauses === 0 && !(await slices.pause())) return missing('timeout', `${directory} was not gone through in time`);
      }
      return (await slices.pause()) ? found('all') : missing('timeout', `${directory} was not gone through in time`);
    } finally {
      files.closeSync();
    }
  } catch (error) {
    return failedRead(error, directory);
  }
}

/** Whether the mode of /proc/PID/fd lets memgap list it: with CAP_SYS_PTRACE alone it does not, and that is how the DaemonSet runs. */
export function mayListDescriptors({ pid, paths }: ProcessHandle): boolean {
  return mayRead(join(paths.procfs, String(pid), 'fd'));
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
