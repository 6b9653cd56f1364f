import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { missing, type Reading } from '../../model/reading.ts';
import type { ProcessHandle } from '../../model/source.ts';
import { maxReadBytes, openMemory, type ProcessMemory } from '../memory/memory.ts';
import { failedRead, readProcFile } from '../process/file.ts';
import type { ReadAt } from './elf.ts';
import { type ExePlace, pathInMaps } from './exe.ts';

/** A stretch of the executable's file, and where in memory it is mapped. */
interface MappedRange {
  readonly address: number;
  readonly offset: number;
  readonly size: number;
}

/** What can be read of an executable without its file: `read` gives those of its bytes whose pages the process has in memory. */
export interface MappedExe {
  readonly read: ReadAt;
  readonly place: ExePlace;
}

/**
 * Does something with those pages of a process's executable that are in the process's memory, for a file that must not be read. Needs the
 * right to read memory. Only for a reader: a page that the kernel takes away between the look at pagemap and the read is fetched anew from
 * the very file system that may hang.
 */
export function withMappedExe<T>(process: ProcessHandle, use: (exe: MappedExe) => Reading<T>): Reading<T> {
  const link = linkOf(join(process.paths.procfs, String(process.pid), 'exe'));
  if (!link.ok) return link;
  const maps = readProcFile(process, 'maps');
  if (!maps.ok) return maps;
  const mapped = rangesOf(maps.value, pathInMaps(link.value));
  if (mapped === undefined) return missing('unsupported', 'no mapping of the executable bears its name');
  const memory = openMemory(process);
  if (!memory.ok) return memory;
  try {
    const used = use({ place: mapped.place, read: readerOf(memory.value, mapped.ranges) });
    return memory.value.excess() ?? used;
  } finally {
    memory.value.close();
  }
}

function linkOf(path: string): Reading<string> {
  try {
    return { ok: true, value: readlinkSync(path) };
  } catch (error) {
    return failedRead(error, path);
  }
}

/** Pure: where a file is mapped, out of the text of /proc/PID/maps (proc_pid_maps(5)); `undefined` where it is not. */
function rangesOf(maps: string, path: string): { readonly place: ExePlace; readonly ranges: readonly MappedRange[] } | undefined {
  const ranges: MappedRange[] = [];
  let place: ExePlace | undefined;
  for (const line of maps.split('\n')) {
    const [, start = '', end = '', offset = '', device = '', inode = '', name] =
      /^([\da-f]{1,13})-([\da-f]{1,13}) [-\w]{4} ([\da-f]{1,13}) ([\da-f]+:[\da-f]+) (\d{1,15}) +(\S.*)$/.exec(line) ?? [];
    if (name === undefined || name.replace(/ \(deleted\)$/, '') !== path) continue;
    place ??= { path, device, inode: Number(inode) };
    if (place.device !== device || place.inode !== Number(inode)) continue;
    const address = Number.parseInt(start, 16);
    ranges.push({ address, offset: Number.parseInt(offset, 16), size: Number.parseInt(end, 16) - address });
  }
  return place === undefined ? undefined : { place, ranges };
}

function readerOf(memory: ProcessMemory, ranges: readonly MappedRange[]): ReadAt {
  return (offset, size) => {
    const parts: Buffer[] = [];
    let at = offset;
    for (let left = size; left > 0; ) {
      const range = ranges.find((one) => at >= one.offset && at < one.offset + one.size);
      if (range === undefined) break;
      const wanted = Math.min(left, maxReadBytes, range.offset + range.size - at);
      const bytes = memory.read(range.address + (at - range.offset), wanted);
      parts.push(bytes);
      at += bytes.length;
      left -= bytes.length;
      if (bytes.length < wanted) break;
    }
    return Buffer.concat(parts);
  };
}
