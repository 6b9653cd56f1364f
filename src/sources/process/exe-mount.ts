import { closeSync, openSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { found, missing, type Reading } from '../../reading.ts';
import type { KernelPaths, ProcessHandle } from '../source.ts';
import { failedRead, readHead } from './file.ts';

/** O_PATH of open(2), which node does not name: opens a place and calls no file system. */
const openPath = 0o10000000;

/** A busy node's mountinfo is long: every container's overlay stands in it. */
const mountinfoCap = 4 * 1024 * 1024;

/** Types of file system by mount id, for each root of each mount namespace: for one walk over many processes. */
export type MountTypes = Map<string, ReadonlyMap<string, string>>;

/**
 * The type of the file system that a process's executable lies on, without a call that this file system could answer: one of a container's
 * own (FUSE) could let a read hang, and all of memgap with it. `unsupported` when its mount is not among those that the process or pid 1 sees.
 */
export function exeMountType({ pid, paths }: ProcessHandle, seen: MountTypes): Reading<string> {
  const exe = join(paths.procfs, String(pid), 'exe');
  let fd: number | undefined;
  try {
    fd = openSync(exe, openPath);
    const info = readHead(`/proc/self/fdinfo/${fd}`, 4096);
    if (!info.ok) return info;
    const [, id = ''] = /^mnt_id:\s*(\d+)$/m.exec(info.value.text) ?? []; // proc_pid_fdinfo(5)
    // mount ids are of the whole machine; the mount that a chroot(2) leads into is not in the mountinfo of who is in there
    const type = mountTypesOf(pid, paths, seen).get(id) ?? mountTypesOf(1, paths, seen).get(id);
    return type === undefined ? missing('unsupported', `${exe} lies on a mount that process ${pid} does not see itself`) : found(type);
  } catch (error) {
    return failedRead(error, exe);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function mountTypesOf(pid: number, { procfs }: KernelPaths, seen: MountTypes): ReadonlyMap<string, string> {
  const folder = join(procfs, String(pid));
  const key = `${linkOf(join(folder, 'ns/mnt'))} ${linkOf(join(folder, 'root'))}`;
  const known = seen.get(key);
  if (known !== undefined) return known;
  const text = readHead(join(folder, 'mountinfo'), mountinfoCap);
  const types = text.ok ? parseMountTypes(text.value.text) : new Map<string, string>();
  seen.set(key, types);
  return types;
}

/** What can't be read is as good as nothing: its mountinfo can't be read either. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return path;
  }
}

/** Pure: mount id and type of file system of each line of a mountinfo (proc_pid_mountinfo(5)). */
export function parseMountTypes(text: string): ReadonlyMap<string, string> {
  const types = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, id, type] = /^(\d+) .* - (\S+) \S/.exec(line) ?? [];
    if (id !== undefined && type !== undefined) types.set(id, type);
  }
  return types;
}
