import type { ProcessActivity } from '../../model/process.ts';
import { found, missing } from '../../model/reading.ts';
import type { ProcessHandle, Source } from '../../model/source.ts';
import { type Bytes, bytes } from '../../model/units.ts';
import { readMultiGenLru } from '../host.ts';
import { readProcFile } from './file.ts';
import { readReceived } from './received.ts';
import { parseStat, ticksPerSecond } from './stat.ts';

/**
 * What the process has done since it started: /proc/PID/stat needs no right; /proc/PID/io takes that to trace it
 * (PTRACE_MODE_READ_FSCREDS), and a kernel built with CONFIG_TASK_IO_ACCOUNTING.
 */
export const activity = {
  name: 'activity',
  without: { needs: 'sight', lost: 'processor time and faults that waited for a disk: whether it thrashes', families: [] },
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
      readBytes: io.ok ? parseIoBytes(io.value, 'read_bytes') : undefined,
      writtenBytes: io.ok ? parseIoBytes(io.value, 'write_bytes') : undefined,
      readFromCache: io.ok && readMultiGenLru() === true ? readFromCache(process, io.value) : undefined,
    });
  },
} as const satisfies Source<ProcessHandle, ProcessActivity>;

/**
 * What was read, less what a disk gave and what may have come by sockets: rchar counts these as well as files (task_io_accounting.h). Where
 * it is not known what came by sockets nothing is taken off: at most so much came out of the cache all the same.
 */
function readFromCache(process: ProcessHandle, io: string): Bytes | undefined {
  const read = parseIoBytes(io, 'rchar');
  const fromDisk = parseIoBytes(io, 'read_bytes');
  if (read === undefined || fromDisk === undefined) return undefined;
  return bytes(Math.max(0, read - fromDisk - (read > fromDisk ? (readReceived(process) ?? 0) : 0)));
}

/** Pure: a count of bytes of the text of /proc/PID/io (proc_pid_io(5)); `undefined` where no line of it is one. */
export function parseIoBytes(text: string, name: 'read_bytes' | 'write_bytes' | 'rchar'): Bytes | undefined {
  const [, count] = new RegExp(`^${name}: (\\d{1,15})$`, 'm').exec(text) ?? [];
  return count === undefined ? undefined : bytes(Number(count));
}
