import { join } from 'node:path';
import type { ProcessHandle } from '../source.ts';
import { readHead } from './file.ts';

/** A busy node's mountinfo is long: every container's overlay stands in it. */
const cap = 4 * 1024 * 1024;

/** The devices of the tmpfs mounts that a process sees, as maps spells them (`00:1a`): a mapped file there is shared memory. None where it can't be read. */
export function readTmpfsDevices({ pid, paths }: ProcessHandle): readonly string[] {
  const mountinfo = readHead(join(paths.procfs, String(pid), 'mountinfo'), cap);
  return mountinfo.ok ? parseTmpfsDevices(mountinfo.value.text) : [];
}

/** Pure: the third field of the lines of type tmpfs, decimal there and hexadecimal in maps (proc_pid_mountinfo(5)). */
export function parseTmpfsDevices(text: string): readonly string[] {
  const devices = new Set<string>();
  for (const [, major, minor] of text.matchAll(/^\d+ \d+ (\d{1,10}):(\d{1,10}) .* - (?:tmpfs|devtmpfs) /gm)) {
    devices.add([major, minor].map((part) => Number(part).toString(16).padStart(2, '0')).join(':'));
  }
  return [...devices];
}
