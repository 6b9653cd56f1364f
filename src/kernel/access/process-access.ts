import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Credentials, ProcessAccess, ProcessIds } from '../../model/access.ts';
import { found, known, mapReading, missing, type Reading } from '../../model/reading.ts';
import type { ProcessHandle } from '../../model/source.ts';
import { failedProcRead, readProcFile } from '../process/file.ts';
import { parseStat } from '../process/stat.ts';
import { capabilitiesOf } from './capabilities.ts';

/** What anybody may read of a process that bears on the right to look into it. Needs no right (hidepid apart); a gap where unknown. */
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

/** Of a file in the folder: the folder itself, alone of all, always shows the effective ids (fs/proc/base.c, task_dump_owner). */
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

/** Pure: who a process is, from the text of its /proc/PID/status, which anybody may read (hidepid apart). */
export function parseCredentials(text: string): Reading<Credentials> {
  const uid = idsOf(lineOf(text, 'Uid'));
  const gid = idsOf(lineOf(text, 'Gid'));
  const permitted = capabilitiesOf(lineOf(text, 'CapPrm'));
  const effective = capabilitiesOf(lineOf(text, 'CapEff'));
  if (uid === undefined || gid === undefined || permitted === undefined || effective === undefined)
    return missing('malformed', '/proc/PID/status lacks one of the lines Uid, Gid, CapPrm and CapEff');
  const groups = lineOf(text, 'Groups')
    .split(/\s+/)
    .filter((group) => /^\d{1,10}$/.test(group))
    .map(Number);
  return found({ uid, gid, groups, permitted, effective });
}

function lineOf(text: string, key: string): string {
  // within the line: that of a process without groups is empty
  return new RegExp(`^${key}:[ \\t]*(.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
}

function idsOf(line: string): ProcessIds | undefined {
  const [, ...ids] = /^(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})$/.exec(line) ?? [];
  const [real, effective, saved, fileSystem] = ids.map(Number);
  if (real === undefined || effective === undefined || saved === undefined || fileSystem === undefined) return undefined;
  return { real, effective, saved, fileSystem };
}
