import { found, missing, type Reading } from '../../reading.ts';
import type { SmapsRollup } from '../../snapshot.ts';
import { type Bytes, kib } from '../../units.ts';
import type { ProcessHandle, Source } from '../source.ts';
import { readProcFile } from './file.ts';

/**
 * /proc/PID/smaps_rollup. Needs Linux 4.14 and the target's own uid and gid, or CAP_SYS_PTRACE. The kernel walks every mapping
 * for it under the target's mmap lock (12 to 15 ms a GiB), so it is a cost to the target: not for every poll of a big process.
 */
export const smapsRollup = {
  name: 'smaps_rollup',
  gives: 'the exact resident sum, proportional share, and pages given back but not yet reclaimed',
  read(process) {
    const text = readProcFile(process, 'smaps_rollup');
    return text.ok ? parseSmapsRollup(text.value) : text;
  },
} as const satisfies Source<ProcessHandle, SmapsRollup>;

/** Pure: the text of /proc/PID/smaps_rollup, in bytes. LazyFree came with Linux 4.12; what came later is absent when it is not there. */
export function parseSmapsRollup(text: string): Reading<SmapsRollup> {
  const fields = new Map<string, Bytes>();
  for (const [, key = '', count] of text.matchAll(/^(\w+): +(\d+) kB$/gm)) {
    const size = kib(Number(count));
    if (Number.isSafeInteger(size)) fields.set(key, size);
  }
  const rss = fields.get('Rss');
  const pss = fields.get('Pss');
  const anonymous = fields.get('Anonymous');
  const lazyFree = fields.get('LazyFree');
  if (rss === undefined || pss === undefined || anonymous === undefined || lazyFree === undefined) {
    return missing('malformed', '/proc/PID/smaps_rollup lacks one of Rss, Pss, Anonymous and LazyFree');
  }
  return found({
    rss,
    pss,
    anonymous,
    lazyFree,
    anonHugePages: fields.get('AnonHugePages'),
    swap: fields.get('Swap'),
    locked: fields.get('Locked'),
  });
}
