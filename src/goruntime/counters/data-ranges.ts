import type { AddressRange } from '../../model/address-range.ts';
import type { ExeImage, Mapping } from '../../model/mapping.ts';

const smallestPage = 4096;

/**
 * Pure: where the executable's own writable data (.data, .bss and their like) lies in the process: its writable segments, moved by the load
 * bias (elf(5): the lowest segment's page is where the lowest mapping of the file begins), cut to private writable mappings that are of the
 * file or have none, so that neither libraries nor the heap behind the bss are ever read.
 */
export function dataRanges(mappings: readonly Mapping[], exe: ExeImage): AddressRange[] {
  const lowest = mappings.find((mapping) => isOf(mapping, exe));
  const [first] = exe.segments;
  if (lowest === undefined || first === undefined) return [];
  const bias = lowest.start - (first.address - (first.address % smallestPage));
  const ranges: AddressRange[] = [];
  for (const { address, memorySize, writable } of exe.segments) {
    if (!writable) continue;
    for (const mapping of mappings) {
      if (!mapping.permissions.startsWith('rw-p') || !(isOf(mapping, exe) || isUnnamed(mapping))) continue;
      const start = Math.max(mapping.start, bias + address);
      const end = Math.min(mapping.end, bias + address + memorySize);
      if (start < end) ranges.push({ start, end });
    }
  }
  return ranges;
}

function isOf({ path, device, inode }: Mapping, exe: ExeImage): boolean {
  if (path === exe.path || path === `${exe.path} (deleted)`) return true;
  return inode !== 0 && inode === exe.inode && device === exe.device;
}

/** Anonymous memory: a bss has no name, unless the program named it (prctl(2), PR_SET_VMA_ANON_NAME). */
function isUnnamed({ path, inode }: Mapping): boolean {
  return inode === 0 && (path === '' || path.startsWith('[anon:'));
}
