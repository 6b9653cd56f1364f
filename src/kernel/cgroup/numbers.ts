import { found, mapReading, missing, type Reading } from '../../model/reading.ts';
import { type Bytes, bytes } from '../../model/units.ts';
import { withFewLines } from '../process/file.ts';

/** One file of a group by name: what v1.ts and v2.ts read through, so that they are the same on recorded files. */
export type ReadFile = (name: string) => Reading<string>;

/** Pure: `key value` lines as numbers. A key that comes twice, is no number or is past 2^53 is not told. */
export function parseFlat(text: string): ReadonlyMap<string, number> {
  const seen = new Set<string>();
  const numbers = new Map<string, number>();
  for (const line of text.split('\n')) {
    const gap = line.indexOf(' ');
    const key = gap === -1 ? line : line.slice(0, gap);
    const count = gap === -1 ? '' : line.slice(gap + 1);
    const number = /^\d+$/.test(count) ? Number(count) : Number.NaN;
    if (seen.has(key)) numbers.delete(key);
    else if (Number.isSafeInteger(number)) numbers.set(key, number);
    seen.add(key);
  }
  return numbers;
}

/** A file of such lines, which a kernel makes of some seventy; `too-large` if it has thousands. */
export function readFlat(read: ReadFile, name: string): Reading<ReadonlyMap<string, number>> {
  return mapReading(withFewLines(read(name), name), parseFlat);
}

/** Pure: the sum of all LRU lists; the names of the keys end alike on v1 and v2. */
export function sumOfLists(numbers: ReadonlyMap<string, number>, prefix: '' | 'total_'): Bytes | undefined {
  let sum = 0;
  for (const list of ['inactive_anon', 'active_anon', 'inactive_file', 'active_file', 'unevictable']) {
    const size = numbers.get(prefix + list);
    if (size === undefined) return undefined;
    sum += size;
  }
  return bytes(sum);
}

/** One size out of a file that holds nothing else. */
export function readSize(read: ReadFile, name: string): Reading<Bytes> {
  const text = read(name);
  if (!text.ok) return text;
  const size = /^\d+\n?$/.test(text.value) ? Number(text.value) : Number.NaN;
  return Number.isSafeInteger(size) ? found(bytes(size)) : missing('malformed', `${name} does not hold a size`);
}

/** The same where the kernel may not have the file. */
export function optionalSize(read: ReadFile, name: string): Bytes | undefined {
  const size = readSize(read, name);
  return size.ok ? size.value : undefined;
}

/** A limit; absent in a reading that is ok means that there is none: `max` on v2, a number past 2^53 on v1. */
export function readLimit(read: ReadFile, name: string): Reading<Bytes | undefined> {
  const text = read(name);
  if (!text.ok) return text;
  if (text.value.trim() === 'max') return found(undefined);
  if (!/^\d+\n?$/.test(text.value)) return missing('malformed', `${name} does not hold a limit`);
  const size = Number(text.value);
  return found(Number.isSafeInteger(size) ? bytes(size) : undefined);
}

/** What was read between two readings of the usage, and the group's own numbers beside its level. */
export interface OwnNumbers {
  readonly usageBefore: Bytes;
  readonly peak: Bytes | undefined;
  readonly swap: Bytes | undefined;
  readonly swapLimit: Bytes | undefined;
  readonly hierarchicalLimit: Bytes | undefined;
}

/** Pure: the pids of a cgroup.procs, which may name one twice (cgroup-v1 docs); 0 is a process outside of the reader's pid namespace. */
export function pidsOf(text: Reading<string>): readonly number[] {
  if (!text.ok) return [];
  const pids: number[] = [];
  for (const line of text.value.split('\n')) if (/^\d{1,10}$/.test(line)) pids.push(Number(line));
  return pids;
}
