import type { ProcessStatus } from '../../model/process.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import type { ProcessHandle, Source } from '../../model/source.ts';
import { type Bytes, kib } from '../../model/units.ts';
import { readProcText } from './file.ts';
import { countOf } from './stat.ts';

/**
 * /proc/PID/status: mapped, resident, peak and swapped bytes. Needs no right (hidepid apart). RssAnon and its kin came with Linux 4.5;
 * a line that a kernel does not have is absent. A zombie is `gone`, a kernel thread has no memory of its own: `unsupported`.
 */
export const status = {
  name: 'status',
  without: {
    needs: 'sight',
    lost: 'RSS, its peak and its kinds',
    families: ['memgap_rss_bytes', 'memgap_rss_kind_bytes', 'memgap_rss_peak_bytes', 'memgap_rss_unexplained_bytes'],
  },
  read(process) {
    return readStatus(process).reading;
  },
} as const satisfies Source<ProcessHandle, ProcessStatus>;

/** The same with the inode of the file, by which the process is known again (kernel/process/file.ts). */
export function readStatus(process: ProcessHandle): { readonly reading: Reading<ProcessStatus>; readonly inode: number | undefined } {
  const file = readProcText(process, 'status');
  return file.ok ? { reading: parseStatus(file.value.text), inode: file.value.inode } : { reading: file, inode: undefined };
}

/** Pure: the text of /proc/PID/status. The name stays as the kernel escaped it (`\n`, `\\`). */
export function parseStatus(text: string): Reading<ProcessStatus> {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const name = fields.get('Name');
  const state = fields.get('State');
  if (name === undefined || state === undefined)
    return missing('malformed', 'not the text of a /proc/PID/status: it has no Name or no State line');
  if (/^[ZX]/.test(state)) return missing('gone', 'the process is a zombie: it has exited and its parent has not reaped it');
  if (fields.get('Kthread') === '1' || !fields.has('VmSize')) {
    return missing('unsupported', 'a kernel thread, or a process on its way out: it has no memory of its own');
  }
  const vmRss = kibOf(fields, 'VmRSS');
  if (vmRss === undefined) return missing('malformed', '/proc/PID/status has no VmRSS line that can be read');
  return found({
    name,
    parent: countOf(fields.get('PPid')),
    vmSize: kibOf(fields, 'VmSize'),
    vmRss,
    vmHwm: kibOf(fields, 'VmHWM'),
    rssAnon: kibOf(fields, 'RssAnon'),
    rssFile: kibOf(fields, 'RssFile'),
    rssShmem: kibOf(fields, 'RssShmem'),
    vmSwap: kibOf(fields, 'VmSwap'),
    vmPte: kibOf(fields, 'VmPTE'),
    vmLck: kibOf(fields, 'VmLck'),
    vmPin: kibOf(fields, 'VmPin'),
    hugetlbPages: kibOf(fields, 'HugetlbPages'),
    threads: countOf(fields.get('Threads')),
  });
}

/** A line of `<count> kB`; absent when it is not there or is something else. */
function kibOf(fields: ReadonlyMap<string, string>, key: string): Bytes | undefined {
  const [, count] = /^(\d+) kB$/.exec(fields.get(key) ?? '') ?? [];
  const size = kib(Number(count));
  return Number.isSafeInteger(size) ? size : undefined;
}
