import { type AddressRange, overlap } from '../../model/address-range.ts';
import type { ExeImage, Mapping } from '../../model/mapping.ts';
import type { Reading } from '../../model/reading.ts';
import { isAnonymous, isInaccessible, type MemoryLayout } from './layout.ts';

/** The executable as it lies in the address space. */
export interface Executable {
  /** From its first byte to the end of bss. `undefined` end: the ELF header was not read, bss may end anywhere. */
  readonly image: { readonly start: number; readonly end: number | undefined };
  /** Part of the image; the same file mapped elsewhere (debug/buildinfo on oneself) is a mapped file. */
  owns(mapping: Mapping): boolean;
}

const pageBytes = 4096; // segments are rounded by the loader to the page that it was linked for at least

/**
 * Finds the executable among the mappings by the text of its link, then by device and inode (a path may be unreachable from the target's
 * root, a device differ from the mount's on overlayfs: either is enough). Without the ELF header the first file mapped executable is taken:
 * the loader, libraries and everything else lie above it in each layout that Linux has.
 */
export function findExecutable(mappings: readonly Mapping[], exe: Reading<ExeImage>): Executable | undefined {
  const isIts = exe.ok ? (mapping: Mapping) => isFileOf(mapping, exe.value) : isFirstCode(mappings);
  const first = mappings.find(isIts);
  if (first === undefined) return undefined;
  const range = exe.ok ? imageOf(first, exe.value) : undefined;
  const image = range ?? { start: first.start, end: undefined };
  return { image, owns: (mapping) => isIts(mapping) && (range === undefined || overlap(mapping, range) !== undefined) };
}

function isFileOf({ path, device, inode }: Mapping, exe: ExeImage): boolean {
  if (inode === 0) return false;
  return withoutDeleted(path) === exe.path || (device === exe.device && inode === exe.inode);
}

/** What maps and readlink print for a file without a name is the name with ` (deleted)` behind it. */
export function withoutDeleted(path: string): string {
  return path.endsWith(deleted) ? path.slice(0, -deleted.length) : path;
}

const deleted = ' (deleted)';

function isFirstCode(mappings: readonly Mapping[]): (mapping: Mapping) => boolean {
  const code = mappings.find(({ path, permissions }) => permissions[2] === 'x' && path.startsWith('/'));
  return ({ path, inode }) => inode !== 0 && path === code?.path;
}

function imageOf(first: Mapping, { segments, positionIndependent }: ExeImage): AddressRange | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const { address, memorySize } of segments) {
    low = Math.min(low, address);
    high = Math.max(high, address + memorySize);
  }
  if (low > high) return undefined;
  const start = Math.floor(low / pageBytes) * pageBytes;
  const bias = positionIndependent ? first.start - start : 0;
  return { start: start + bias, end: Math.ceil(high / pageBytes) * pageBytes + bias };
}

/**
 * bss: anonymous memory from the end of the last mapped segment to the end of the image. MemStats does not know it (Go 1.27 has 32 MiB of
 * it, few of them touched). brk starts right behind it where addresses are not randomized; the kernel then joins both and prints `[heap]`
 * for the whole.
 */
export function claimBss(layout: MemoryLayout, executable: Executable | undefined): void {
  if (executable === undefined) return;
  const last = layout.mappings.findLastIndex((mapping) => executable.owns(mapping));
  let end = layout.mappings[last]?.end;
  for (let index = last + 1; end !== undefined; index += 1) {
    const mapping = layout.mappings[index];
    if (mapping === undefined || mapping.start !== end || end >= (executable.image.end ?? Number.POSITIVE_INFINITY)) return;
    if (!isAnonymous(mapping, 'named') && mapping.path !== '[heap]') return;
    if (executable.image.end === undefined && (mapping.path !== '' || isInaccessible(mapping))) return;
    const claim = { owner: 'exe_data', rule: 'bss', ...(executable.image.end === undefined ? { doubtful: true } : {}) } as const;
    layout.claim(index, claim, { start: mapping.start, end: executable.image.end ?? mapping.end });
    end = mapping.end;
  }
}
