import { found, missing } from '../../reading.ts';
import type { ProcessActivity } from '../../snapshot.ts';
import { type Bytes, bytes } from '../../units.ts';
import type { ProcessHandle, Source } from '../source.ts';
import { readProcFile } from './file.ts';
import { parseStat, ticksPerSecond } from './stat.ts';

/**
 * What the process has done since it started: /proc/PID/stat needs no right; /proc/PID/io takes that to trace it (PTRACE_MODE_READ_FSCREDS), and a
 * kernel built with CONFIG_TASK_IO_ACCOUNTING.
 */
export const activity = {
  name: 'activity',
  gives: 'processor time, faults that waited for a disk, and bytes read from one',
  read(process) {
    const text = readProcFile(process, 'stat');
    if (!text.ok) return text;
    const stat = parseStat(text.value);
    if (!stat.ok) return stat;
    const { userTicks, systemTicks, majorFaults } = stat.value;
    if (userTicks === undefined || systemTicks === undefined || majorFaults === undefined) {
      return missing('malformed', '/proc/PID/stat has no processor time, or no major faults, that can be read');
    }
    const io = readProcFile(process, 'io');
    return found({
      cpuSeconds: (userTicks + systemTicks) / ticksPerSecond,
      majorFaults,
      readBytes: io.ok ? parseReadBytes(io.value) : undefined,
    });
  },
} as const satisfies Source<ProcessHandle, ProcessActivity>;

/** Pure: read_bytes of the text of /proc/PID/io (proc_pid_io(5)); `undefined` where no line of it is a count. */
export function parseReadBytes(text: string): Bytes | undefined {
  const [, count] = /^read_bytes: (\d{1,15})$/m.exec(text) ?? [];
  return count === undefined ? undefined : bytes(Number(count));
}
