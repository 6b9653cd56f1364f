import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { budgets } from '../../budgets.ts';
import { found, missing, type Reading } from '../../reading.ts';
import type { GoEnvironment } from '../../snapshot.ts';
import type { ProcessHandle, Source } from '../source.ts';
import { createSettingsScan } from './environ-settings.ts';
import { type ReadLater, withLockedFile } from './locked-file.ts';

const cap = budgets.environment.most;

/**
 * GOMEMLIMIT and GOGC out of /proc/PID/environ: what the runtime was told when the program began; what debug.SetMemoryLimit and SetGCPercent set later
 * is not there. Secrets stand beside them: of all else nothing is kept, shown or logged, and the buffer is wiped. Needs what smaps needs, and to
 * be the target's user or CAP_DAC_READ_SEARCH on top (its mode is 0400).
 */
export const environ = {
  name: 'environ',
  gives: 'GOMEMLIMIT and GOGC where no Go source tells them',
  read(process, signal) {
    return withLockedFile(process, 'environ', signal, scan);
  },
} as const satisfies Source<ProcessHandle, GoEnvironment>;

/** Whether the mode of the file lets memgap open it: with CAP_SYS_PTRACE alone it does not, and that is how the DaemonSet runs. */
export function mayOpenEnviron({ pid, paths }: ProcessHandle): boolean {
  try {
    accessSync(join(paths.procfs, String(pid), 'environ'), constants.R_OK);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'EACCES');
  }
}

async function scan(readLater: ReadLater): Promise<Reading<GoEnvironment>> {
  const settings = createSettingsScan();
  const buffer = Buffer.allocUnsafeSlow(16 * 1024);
  try {
    for (let size = 0; size < cap; ) {
      const count = await readLater(buffer, 0, buffer.length, null);
      if (count === 0) return found(settings.settings());
      settings.push(buffer.subarray(0, count));
      if (settings.isDone()) return found(settings.settings());
      size += count;
    }
    return missing('too-large', `/proc/PID/environ is longer than ${cap} bytes, and its start does not tell both GOMEMLIMIT and GOGC`);
  } finally {
    buffer.fill(0);
  }
}
