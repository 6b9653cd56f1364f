import { found, missing, type Reading } from '../../model/reading.ts';
import type { ProcessHandle } from '../../model/source.ts';
import { readProcFile } from '../process/file.ts';

/** In which group a process's memory is charged, as /proc/PID/cgroup tells it. */
export interface Membership {
  readonly version: 1 | 2;
  /** Relative to the READER's cgroup namespace (cgroup_namespaces(7)): a sibling container's begins with `/..`. */
  readonly path: string;
}

/** The group of a process by /proc/PID/cgroup. Needs no right (hidepid apart). */
export function readMembership(process: ProcessHandle): Reading<Membership> {
  const text = readProcFile(process, 'cgroup');
  return text.ok ? parseMembership(text.value) : text;
}

/** Pure: the text of /proc/PID/cgroup. The memory controller stands in one hierarchy only: on v1 where a line names it, else on v2. */
export function parseMembership(text: string): Reading<Membership> {
  let unified: string | undefined;
  for (const line of text.split('\n')) {
    const [, id, controllers = '', path = ''] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers.split(',').includes('memory')) return found({ version: 1, path });
    if (id === '0' && controllers === '') unified = path;
  }
  if (unified === undefined) return missing('unsupported', '/proc/PID/cgroup names no memory controller: this kernel runs without one');
  // cgroup-v2.rst: a removed group that still holds a dying process
  if (unified.endsWith(' (deleted)')) return missing('gone', 'the process is dying in a cgroup that has been removed');
  return found({ version: 2, path: unified });
}
