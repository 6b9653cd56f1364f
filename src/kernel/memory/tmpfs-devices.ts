import { join } from 'node:path';
import { budgets } from '../../budgets.ts';
import { mountsOf } from '../../files/mountinfo.ts';
import type { ProcessHandle } from '../../model/source.ts';
import { readHead } from '../process/file.ts';

/**
 * The devices of the tmpfs mounts that a process sees, as maps spells them (`00:1a`): a mapped file there is shared memory. None if
 * unreadable.
 */
export function readTmpfsDevices({ pid, paths }: ProcessHandle): readonly string[] {
  const mountinfo = readHead(join(paths.procfs, String(pid), 'mountinfo'), budgets.mountinfo.maxBytes);
  return mountinfo.ok ? parseTmpfsDevices(mountinfo.value.text) : [];
}

/** Pure: the third field of the lines of type tmpfs, decimal there and hexadecimal in maps (proc_pid_mountinfo(5)). */
export function parseTmpfsDevices(text: string): readonly string[] {
  const devices = new Set<string>();
  for (const { device } of mountsOf(text, ['tmpfs', 'devtmpfs'], budgets.tmpfsMounts.maxEntries)) {
    if (!/^\d{1,10}:\d{1,10}$/.test(device)) continue;
    const parts = device.split(':').map((part) => Number(part).toString(16).padStart(2, '0'));
    devices.add(parts.join(':'));
  }
  return [...devices];
}
