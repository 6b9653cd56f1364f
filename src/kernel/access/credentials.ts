import type { Credentials, ProcessIds } from '../../model/access.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import { capabilitiesOf } from './capabilities.ts';

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
