import { readFileSync } from 'node:fs';
import { found, missing, type Reading, reasonOf } from '../model/reading.ts';
import { type TapedText, tape } from '../tape.ts';
import { readSmallFile } from './process/file.ts';

const thpPath = '/sys/kernel/mm/transparent_hugepage/enabled';
const multiGenLruPath = '/sys/kernel/mm/lru_gen/enabled';

/** The machine's setting of transparent huge pages (`always`, `madvise` or `never`). See admin-guide/mm/transhuge. */
export function readKernelThp(): Reading<string> {
  const text = readSetting(thpPath);
  return text.ok ? parseKernelThp(text.value.text) : text;
}

/** Whether the kernel keeps the page cache by generations (Documentation/admin-guide/mm/multigen_lru.rst); `undefined` before 6.1. */
export function readMultiGenLru(): boolean | undefined {
  const text = readSetting(multiGenLruPath);
  return text.ok ? parseMultiGenLru(text.value.text) : undefined;
}

/** Pure: the main switch is the lowest bit of `0x0007`. */
export function parseMultiGenLru(text: string): boolean | undefined {
  const [, bits] = /^0x([0-9a-f]{1,8})\s*$/.exec(text) ?? [];
  return bits === undefined ? undefined : Number.parseInt(bits, 16) % 2 === 1;
}

function readSetting(path: string): Reading<TapedText> {
  const onTape = tape();
  return onTape === undefined ? readSettingNow(path) : onTape.text(path, () => readSettingNow(path));
}

function readSettingNow(path: string): Reading<TapedText> {
  try {
    return found({ text: readFileSync(path, 'utf8'), whole: true });
  } catch (error) {
    return missing(reasonOf(error) ?? 'unsupported', path);
  }
}

/** Pure: the bracketed word of `always [madvise] never`. */
export function parseKernelThp(text: string): Reading<string> {
  const [, setting] = /\[(\w{1,16})\]/.exec(text) ?? [];
  return setting === undefined ? missing('malformed', `${thpPath} has no word in brackets`) : found(setting);
}

/**
 * How many processes the kernel has killed on this machine for want of memory, in whatever group (`oom_kill` of /proc/vmstat, Linux 4.13):
 * a container that is killed takes its own counter along.
 */
export function readOomKills(procfs: string): number | undefined {
  const text = readSmallFile(`${procfs}/vmstat`);
  return text.ok ? oomKillsIn(text.value) : undefined;
}

/** Pure: of the text of /proc/vmstat. */
export function oomKillsIn(text: string): number | undefined {
  const [, count] = /^oom_kill (\d{1,15})$/m.exec(text) ?? [];
  return count === undefined ? undefined : Number(count);
}
