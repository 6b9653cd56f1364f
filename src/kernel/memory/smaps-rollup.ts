import type { SmapsRollup } from '../../model/mapping.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import { type ProcessHandle, ptraceNeeds, type Source } from '../../model/source.ts';
import { type Bytes, kib } from '../../model/units.ts';
import { type ReadLater, withLockedFile } from './locked-file.ts';

/**
 * /proc/PID/smaps_rollup. Needs Linux 4.14 and the target's own uid and gid, or CAP_SYS_PTRACE. The kernel walks every mapping
 * for it under the target's mmap lock (12 to 15 ms a GiB), so it is a cost to the target: not for every poll of a big process.
 */
export const smapsRollup = {
  name: 'smaps_rollup',
  without: {
    needs: ptraceNeeds.read,
    lost: 'the exact resident sum, and pages given back but not yet reclaimed',
    families: ['memgap_lazyfree_bytes', 'memgap_pss_bytes', 'memgap_anon_hugepages_bytes'],
  },
  read(process, signal) {
    return withLockedFile(process, 'smaps_rollup', signal, readWhole);
  },
} as const satisfies Source<ProcessHandle, SmapsRollup>;

/** The kernel makes the whole text in one read, and takes as long as the process is large. */
async function readWhole(readLater: ReadLater): Promise<Reading<SmapsRollup>> {
  const text = Buffer.alloc(16 * 1024); // it has 700 bytes
  let size = 0;
  for (let count = -1; count !== 0 && size < text.length; size += count) count = await readLater(text, size, text.length - size, null);
  return parseSmapsRollup(text.toString('latin1', 0, size));
}

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
    ksm: fields.get('KSM'),
  });
}
