import { budgets } from '../../../budgets.ts';
import type { Piece } from '../component.ts';

const most = budgets.libraryNames.maxEntries;
const longest = 128; // characters

/** The file names of mapped libraries, each once, in order of address. Hostile: they came from the target's mappings. */
export function libraryNames(pieces: readonly Piece[]): readonly string[] {
  const names = new Set<string>();
  for (const { owner, mapping } of pieces) {
    if (names.size === most) break;
    if (owner === 'shared_libraries' && mapping.path.startsWith('/'))
      names.add(mapping.path.slice(mapping.path.lastIndexOf('/') + 1).slice(0, longest));
  }
  return [...names];
}
