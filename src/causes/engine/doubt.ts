import type { RssBook } from '../../books/owners/book.ts';
import type { RssComponent } from '../../model/components/rss.ts';
import { type Bytes, formatBytes } from '../../model/units.ts';

/** Whose a component's bytes could be as well, where most of them are in doubt. */
export interface Doubt {
  /** For the beginning of a summary: `Not certain: 155 MiB of this have the shape of ...`. */
  readonly sentence: string;
  /** What decides it. */
  readonly next: string;
}

/**
 * Where half of a component or more lies in the interval of doubt: nothing is to be said flatly of it, and no remedy to be given that is
 * wrong if the other owner is true. `undefined` where it is sure enough.
 */
export function doubtOf(book: RssBook, component: keyof typeof others): Doubt | undefined {
  const held = book.components[component] ?? 0;
  const open = openOf(book, component);
  if (held === 0 || open < held / 2) return undefined;
  const isToBeRead = (book.narrowedByReads ?? 0) >= open;
  return {
    sentence: `Not certain: ${formatBytes(Math.min(open, held) as Bytes)} of this ${others[component]}`,
    next: isToBeRead ? '--process.memory-reads tells whose they are' : watching,
  };
}

const others = {
  c_malloc: "have the shape of heaps of C's malloc, and may have been mapped by somebody else (MAP_NORESERVE)",
  native_mmap: "may be the Go runtime's own tables",
  go_metadata: 'may have been mapped by somebody else than Go',
  thread_stacks: 'may be memory of somebody else that has the shape of stacks',
} as const;

const watching = 'strace -f -k -e trace=mmap,munmap -p PID shows who maps';

function openOf({ doubtful = {}, nonGoAnon }: RssBook, component: RssComponent): number {
  const own = doubtful[component] ?? 0;
  if (component === 'native_mmap') return own + Math.max(0, nonGoAnon.estimate - nonGoAnon.low);
  if (component === 'go_metadata') return own + Math.max(0, nonGoAnon.high - nonGoAnon.estimate);
  return own;
}
