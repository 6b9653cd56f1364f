import { budgets } from '../../../budgets.ts';
import { sizeOf } from '../../../model/address-range.ts';
import type { Mapping } from '../../../model/mapping.ts';
import { mebibyte } from '../../../model/units.ts';
import type { ResidentPiece } from '../component.ts';
import { isAnonymous, isReadWrite, type MemoryLayout } from '../layout.ts';

const maxNames = budgets.libraryNames.maxEntries;
const maxCharacters = 128;
const maxBssBytes = mebibyte; // libc's is 52 KiB; a larger one stays with what the second identity shares out
const maxLeftoverBytes = 32 * 1024; // the loader's own pages: 8 to 24 KiB were seen; the smallest that Go maps is 64 KiB

/**
 * Libraries come with anonymous memory that no path tells: their bss, which touches their last mapping, and between libraries, vvar and the
 * loader the first thread's TLS. In the labs with cgo and in Debian's programs these were 60 to 76 KiB.
 */
export function claimLibraryData(layout: MemoryLayout): void {
  const { mappings } = layout;
  for (const [index, mapping] of mappings.entries()) {
    if (!layout.isFree(index) || !isAnonymous(mapping, 'nameless') || !isReadWrite(mapping)) continue;
    const before = mappings[index - 1];
    const isBss = before?.end === mapping.start && sizeOf(mapping) <= maxBssBytes && isLibrarys(layout, index - 1);
    const isLeftover = sizeOf(mapping) <= maxLeftoverBytes && isOfTheLoader(layout, index - 1) && isOfTheLoader(layout, index + 1);
    if (isBss || isLeftover) layout.claim(index, { owner: 'shared_libraries', rule: 'library-bss' });
  }
}

function isLibrarys(layout: MemoryLayout, index: number): boolean {
  return layout.claims(index)[0]?.owner === 'shared_libraries';
}

function isOfTheLoader(layout: MemoryLayout, index: number): boolean {
  const mapping: Mapping | undefined = layout.mappings[index];
  if (mapping === undefined) return false;
  return mapping.path.startsWith('[v') || isLibrarys(layout, index) || layout.claims(index)[0]?.owner === 'mapped_files';
}

/** The file names of mapped libraries, each once, in order of address. Hostile: they came from the target's mappings. */
export function libraryNames(pieces: readonly ResidentPiece[]): readonly string[] {
  const names = new Set<string>();
  for (const { owner, mapping } of pieces) {
    if (names.size === maxNames) break;
    if (owner === 'shared_libraries' && mapping.path.startsWith('/'))
      names.add(mapping.path.slice(mapping.path.lastIndexOf('/') + 1).slice(0, maxCharacters));
  }
  return [...names];
}
