import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { budgets } from '../../budgets.ts';
import { found, missing, type Reading, reasonOf } from '../../model/reading.ts';
import type { ProcessHandle } from '../../model/source.ts';
import { formatBytes } from '../../model/units.ts';
import { codeOf, whatToDo } from '../process/file.ts';
import { neededRight } from '../process/needed-right.ts';
import { pageSize } from './pagemap.ts';

/** The pages of another process that are in memory; what is not is never touched: a read would fault it in, or hang (userfaultfd(2)). */
export interface ProcessMemory {
  /** The bytes from `address` on, as far as their pages are present: fewer than `size`, or none, where they are not. At most 64 KiB. */
  read(address: number, size: number): Buffer;
  /** The stretches of [start, end) whose pages are present, in order; at most `maxBytes` of address space are looked up. */
  present(start: number, end: number, maxBytes: number): ReadonlyArray<{ readonly start: number; readonly end: number }>;
  close(): void;
}

/** The same while it is open, until as much of it was read as one reading may: from then on no page is present. */
export interface OpenedMemory extends ProcessMemory {
  /** `too-large` from then on: what was made of the rest is worth nothing. */
  excess(): Reading<never> | undefined;
}

/** No read of a target's memory is longer. */
export const maxReadBytes = 64 * 1024;

/** PTRACE_MODE_ATTACH_FSCREDS, ptrace(2) "Ptrace access mode checking", and the kernel's Documentation/admin-guide/LSM/Yama.rst. */
const andYama =
  "with the target's uid alone also /proc/sys/kernel/yama/ptrace_scope 0; without --process.memory-reads none of it is asked for";

/** Opens a process's memory for bounded reads, `maxBytes` together. Close it. No detail of it ever quotes what was read. */
export function openMemory({ pid, paths }: ProcessHandle, maxBytes: number = budgets.memoryReads.maxBytes): Reading<OpenedMemory> {
  const folder = join(paths.procfs, String(pid));
  const memory = open(join(folder, 'mem'));
  if (!memory.ok) return memory;
  const pagemap = open(join(folder, 'pagemap'));
  if (!pagemap.ok) {
    closeSync(memory.value);
    return pagemap;
  }
  return found(memoryOf(memory.value, pagemap.value, maxBytes));
}

/** Opens a process's memory, has it read, and closes it: `too-large` where more was wanted than may be read, whatever was made of it. */
export async function withMemory<T>(process: ProcessHandle, use: (memory: ProcessMemory) => Promise<Reading<T>>): Promise<Reading<T>> {
  const opened = openMemory(process);
  if (!opened.ok) return opened;
  try {
    const reading = await use(opened.value);
    return opened.value.excess() ?? reading;
  } finally {
    opened.value.close();
  }
}

function open(path: string): Reading<number> {
  try {
    return found(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW));
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    return missing(reason, `${path}: ${codeOf(error)}${whatToDo(reason, `${neededRight(path)}; ${andYama}`)}`);
  }
}

function memoryOf(memory: number, pagemap: number, maxBytes: number): OpenedMemory {
  const pages = Buffer.alloc(4096);
  const page = pageSize();
  let bytesLeft = maxBytes;

  /** One bit a page: 63 of its word in /proc/PID/pagemap (Documentation/admin-guide/mm/pagemap.rst). */
  function present(start: number, end: number, maxBytes: number): Array<{ readonly start: number; readonly end: number }> {
    const stretches: Array<{ start: number; end: number }> = [];
    const last = Math.ceil(Math.min(end, start + maxBytes) / page);
    for (let at = Math.floor(start / page); at < last && bytesLeft >= 0; ) {
      bytesLeft -= Math.min(pages.length, (last - at) * 8);
      const count = Math.floor(readSome(pagemap, pages, Math.min(pages.length, (last - at) * 8), at * 8) / 8);
      if (count === 0) break;
      for (let index = 0; index < count; index += 1, at += 1) {
        if ((pages[index * 8 + 7] ?? 0) < 0x80) continue;
        const latest = stretches.at(-1);
        const from = Math.max(start, at * page);
        const to = Math.min(end, (at + 1) * page);
        if (latest !== undefined && latest.end === from) latest.end = to;
        else stretches.push({ start: from, end: to });
      }
    }
    return stretches;
  }

  function read(address: number, size: number): Buffer {
    if (!Number.isSafeInteger(address) || address < 0 || size <= 0 || !Number.isSafeInteger(address + size)) return Buffer.alloc(0);
    const [stretch] = present(address, address + Math.min(size, maxReadBytes), maxReadBytes);
    if (stretch === undefined || stretch.start !== address) return Buffer.alloc(0);
    bytesLeft -= Math.max(page, stretch.end - address); // of a few bytes the call itself is what it costs
    if (bytesLeft < 0) return Buffer.alloc(0);
    const bytes = Buffer.alloc(stretch.end - address);
    return bytes.subarray(0, readSome(memory, bytes, bytes.length, address));
  }

  function close(): void {
    closeSync(memory);
    closeSync(pagemap);
  }

  function excess(): Reading<never> | undefined {
    if (bytesLeft >= 0) return undefined;
    return missing(
      'too-large',
      `more than ${formatBytes(maxBytes)} of the target's memory would have to be read, a page for each read at least`,
    );
  }

  return { read, present, close, excess };
}

/** As much as there is: 0 for an address that is not mapped (EIO) and for a process that has gone. */
function readSome(fd: number, into: Buffer, size: number, position: number): number {
  try {
    return readSync(fd, into, 0, size, position);
  } catch (error) {
    if (reasonOf(error) === undefined && codeOf(error) !== 'EFAULT') throw error;
    return 0;
  }
}
