import type { ProcessHandle } from '../../model/source.ts';
import { type Bytes, bytes } from '../../model/units.ts';
import { readProcFile } from './file.ts';

/** Bytes that came in by IP since a process's network namespace was made, loopback included: no less than its sockets gave it there. */
export function readReceived(process: ProcessHandle): Bytes | undefined {
  const text = readProcFile(process, 'net/netstat');
  return text.ok ? parseReceived(text.value) : undefined;
}

/** Pure: InOctets of the two lines of IpExt in the text of /proc/PID/net/netstat (proc_pid_net(5)), names and figures. */
export function parseReceived(text: string): Bytes | undefined {
  const [names, figures] = text.split('\n').filter((line) => line.startsWith('IpExt:'));
  const count = figures?.split(' ')[names?.split(' ').indexOf('InOctets') ?? -1];
  return count !== undefined && /^\d{1,15}$/.test(count) ? bytes(Number(count)) : undefined;
}
