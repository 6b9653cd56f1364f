import { fstatSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { ExeImage } from '../../model/mapping.ts';
import { mapReading, type Reading } from '../../model/reading.ts';
import { type ProcessHandle, ptraceNeeds, type Source } from '../../model/source.ts';
import { type Elf, parseElf, type ReadAt } from './elf.ts';
import { type ExeHandle, withExe } from './exe-file.ts';

/**
 * The executable of a process: its path and its file as maps names them, and where its segments lie. At most 128 kB of it are read. Needs
 * the target's own uid and gid, or CAP_SYS_PTRACE. Can't change while the process lives, but for execve(2).
 */
export const exe = {
  name: 'exe',
  without: { needs: ptraceNeeds.read, lost: "which mappings are the program's own", families: ['memgap_rss_component_bytes'] },
  read(process, signal) {
    return withExe(
      process,
      signal,
      ({ fd, read }) => parseExe(read, placeOfExe(fd, process)),
      ({ image }) => image,
    );
  },
} as const satisfies Source<ExeHandle, ExeImage>;

/** Where the executable lies, as maps would have it. */
export type ExePlace = Pick<ExeImage, 'path' | 'device' | 'inode'>;

/** The same of the executable of a process that is open. Throws what fstat(2) and readlink(2) throw. */
export function placeOfExe(fd: number, { pid, paths }: ProcessHandle): ExePlace {
  const { dev, ino } = fstatSync(fd, { bigint: true });
  const path = pathInMaps(readlinkSync(join(paths.procfs, String(pid), 'exe')));
  return { path, device: deviceOf(dev), inode: Number(ino) };
}

/** Reads an executable's headers through `read`; `unsupported` for one that is not 64-bit little-endian ELF. */
export function parseExe(read: ReadAt, place: ExePlace): Reading<ExeImage> {
  return mapReading(parseElf(read), ({ positionIndependent, segments }) => ({ ...place, positionIndependent, segments: loaded(segments) }));
}

/** The segments by address; one that no kernel would load is left out. */
function loaded(segments: Elf['segments']): ExeImage['segments'] {
  const kept: Array<ExeImage['segments'][number]> = [];
  for (const { address, size, memorySize, writable } of segments) {
    if (size <= memorySize && Number.isSafeInteger(address + memorySize)) kept.push({ address, fileSize: size, memorySize, writable });
  }
  return kept.sort((one, other) => one.address - other.address);
}

/** `link` as maps writes it: a line break as `\012` (seq_file_path escapes nothing else), and without the mark of a removed file. */
export function pathInMaps(link: string): string {
  return link.replace(/ \(deleted\)$/, '').replaceAll('\n', '\\012');
}

/** stat's device as maps has it, `%02x:%02x`, from glibc's packing (gnu_dev_major in sys/sysmacros.h). btrfs and overlayfs can differ. */
export function deviceOf(device: bigint): string {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
  return [major, minor].map((part) => part.toString(16).padStart(2, '0')).join(':');
}
