import { readFileSync } from 'node:fs';

/**
 * The bytes that a process, and its children that have ended, had read from the disk (proc_pid_io(5), read_bytes); `undefined` when it is
 * gone.
 */
export function readBytesOf(pid: number): number | undefined {
  try {
    return Number(/^read_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'latin1'))?.[1]);
  } catch {
    return undefined;
  }
}
