import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessAccess } from '../../model/access.ts';
import { found, known, mapReading, type Reading } from '../../model/reading.ts';
import type { ProcessHandle } from '../../model/source.ts';
import { failedProcRead, readProcFile } from '../process/file.ts';
import { parseStat } from '../process/stat.ts';
import { parseCredentials } from './credentials.ts';

/** What anybody may read of a process that bears on the right to look into it. Needs no right (hidepid apart); what is not told is a gap. */
export function readProcessAccess(process: ProcessHandle): ProcessAccess {
  const text = readProcFile(process, 'status');
  const stat = known(mapReading(readProcFile(process, 'stat'), parseStat));
  return {
    pid: process.pid,
    name: stat?.ok === true ? stat.value.comm : undefined,
    credentials: text.ok ? parseCredentials(text.value) : text,
    owner: readOwner(process),
    userMap: known(readProcFile(process, 'uid_map'))?.trim().replaceAll(/\s+/g, ' '),
    label: labelOf(known(readProcFile(process, 'attr/current'))),
  };
}

/** Of a file in the folder: the folder itself, alone of all, shows the effective ids whatever the process is (fs/proc/base.c, task_dump_owner). */
function readOwner(process: ProcessHandle): Reading<{ readonly uid: number; readonly gid: number }> {
  try {
    const { uid, gid } = statSync(join(process.paths.procfs, String(process.pid), 'stat'));
    return found({ uid, gid });
  } catch (error) {
    return failedProcRead(error, process, 'stat');
  }
}

/** SELinux ends it with a NUL, AppArmor with a line feed. */
function labelOf(text: string | undefined): string | undefined {
  const label = text?.replaceAll('\0', '').trim();
  return label === '' ? undefined : label;
}
