import type { RssBook } from '../../src/books/owners/book.ts';
import type { NamedMappings } from '../../src/books/owners/rules/named-mappings.ts';
import { nothingSeen } from '../../src/books/owners/seen.ts';
import type { RssComponent } from '../../src/model/components/rss.ts';
import { found, type Reading } from '../../src/model/reading.ts';
import type { Aged } from '../../src/model/snapshot.ts';
import { type Bytes, bytes } from '../../src/model/units.ts';

/** Where nothing but anonymous memory is mapped. */
export const nothingNamed: NamedMappings = {
  files: { clean: bytes(0), dirty: bytes(0), locked: bytes(0) },
  locked: { total: bytes(0), files: bytes(0), largest: [] },
  copies: [],
  kernel: [],
  shared: { distinct: bytes(0), largest: [] },
};

/** An RSS book of these components, in bytes, and what else a test is about; nothing is left over. */
export function bookWith(
  components: Partial<Record<RssComponent, number>>,
  known: Partial<Omit<RssBook, 'total' | 'components'>> = {},
): Reading<Aged<RssBook>> {
  const parts: Partial<Record<RssComponent, Bytes>> = {};
  let total = 0;
  for (const [name, size] of Object.entries(components)) {
    parts[name as RssComponent] = bytes(size);
    total += size;
  }
  return found({
    at: 0,
    value: {
      total: bytes(total),
      components: parts,
      unattributed: bytes(0),
      ambiguity: bytes(0),
      bracketWidth: bytes(0),
      slack: bytes(0),
      score: 0,
      moved: bytes(0),
      byElimination: bytes(0),
      nonGoAnon: { estimate: 0, low: 0, high: 0, malloc: 0, size: 0, kind: 'mmap or malloc' },
      released: undefined,
      heapPages: { resident: 0, swapped: 0, lazyFree: 0, locked: 0, huge: 0, eligible: false },
      notResident: bytes(0),
      identities: undefined,
      largestFiles: [],
      named: nothingNamed,
      libraries: [],
      hugeTlb: bytes(0),
      openQuestions: [],
      seen: nothingSeen,
      ...known,
    },
  });
}
