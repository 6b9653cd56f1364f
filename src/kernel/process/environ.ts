import { join } from 'node:path';
import { budgets } from '../../budgets.ts';
import type { GoEnvironment } from '../../model/go.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import { type ProcessHandle, ptraceNeeds, type Source } from '../../model/source.ts';
import { type ReadLater, withLockedFile } from '../memory/locked-file.ts';
import { createSettingsScan } from './environ-settings.ts';
import { mayRead, readProcFile } from './file.ts';

const cap = budgets.environment.maxBytes;

/**
 * GOMEMLIMIT and GOGC out of /proc/PID/environ: what the runtime was told when the program began; what debug.SetMemoryLimit and
 * SetGCPercent set later is not there. Secrets stand beside them: of all else nothing is kept, shown or logged, and the buffer is wiped.
 * Needs what smaps needs, and to be the target's user or CAP_DAC_READ_SEARCH on top (its mode is 0400). A target can map a file over it, on
 * a file system that hangs: the kernel itself reads no page of a file here (fs/proc/base.c since Linux 4.17, commit 7f7ccc2ccc2e,
 * CVE-2018-1120), and ends the text before it.
 */
export const environ = {
  name: 'environ',
  without: {
    needs: ptraceNeeds.ownersRead,
    lost: 'GOMEMLIMIT and GOGC, where no Go source tells them',
    families: ['memgap_go_memory_limit_bytes'],
  },
  read(process, signal) {
    return withLockedFile(process, 'environ', signal, (readLater) => scan(readLater, process));
  },
} as const satisfies Source<ProcessHandle, GoEnvironment>;

/** Whether the mode of the file lets memgap open it: with CAP_SYS_PTRACE alone it does not, and that is how the DaemonSet runs. */
export function mayOpenEnviron({ pid, paths }: ProcessHandle): boolean {
  return mayRead(join(paths.procfs, String(pid), 'environ'));
}

async function scan(readLater: ReadLater, process: ProcessHandle): Promise<Reading<GoEnvironment>> {
  const settings = createSettingsScan();
  const buffer = Buffer.allocUnsafeSlow(16 * 1024);
  try {
    for (let size = 0; size < cap; ) {
      const count = await readLater(buffer, 0, buffer.length, null);
      if (count === 0) return isCutOff(process, size) ? cutOff : found(settings.settings());
      settings.push(buffer.subarray(0, count));
      if (settings.isDone()) return found(settings.settings());
      size += count;
    }
    return missing('too-large', `/proc/PID/environ is longer than ${cap} bytes, and its start does not tell both GOMEMLIMIT and GOGC`);
  } finally {
    buffer.fill(0);
  }
}

const cutOff = missing(
  'unsupported',
  "/proc/PID/environ ends before the process's environment does, for which a file is mapped in its place: the kernel does not read that",
);

/** By fields 50 and 51 of proc_pid_stat(5), where it begins and ends: 0 where the kernel hides them. */
function isCutOff(process: ProcessHandle, size: number): boolean {
  const stat = readProcFile(process, 'stat');
  if (!stat.ok) return false;
  const fields = stat.value.slice(stat.value.lastIndexOf(')') + 2).split(' '); // the first of them is field 3
  return size < Number(fields[51 - 3]) - Number(fields[50 - 3]);
}
