import type { MappingEvidence } from '../../../model/mapping.ts';
import { formatBytes } from '../../../model/units.ts';
import { rounding } from '../layout.ts';
import type { Shared } from './share.ts';

/** What the book could not tell, why, and where it helps what to do: sentences for a person, without anything of the target's in them. */
export function openQuestionsOf(
  { before, after, exe, present, chunks }: MappingEvidence,
  { nonGoAnon, heapPages, released }: Shared,
  hasC: boolean,
): readonly string[] {
  const sentences: string[] = [];
  if (!before.ok && !after.ok) {
    sentences.push('Without the Go numbers the heap is known by its place only, and other anonymous memory counts as Go metadata.');
  } else {
    sentences.push("Heap, idle heap and goroutine stacks lie in the same pages: their split is Go's accounting, not a measurement.");
    if (released === undefined)
      sentences.push('Released heap that is unmapped (GODEBUG=harddecommit=1) cannot be told from reserved address space.');
  }
  if (released !== undefined && released.reason === 'unknown') {
    const { locked, huge } = heapPages;
    const covered = `at most ${formatBytes(locked)} are locked and ${formatBytes(huge)} lie on huge pages`;
    const why = locked + huge === 0 ? 'no page is locked, lazily freed or huge' : covered;
    sentences.push(`Why ${formatBytes(released.beyond)} of released heap are still resident is not known: ${why}.`);
  }
  if (nonGoAnon.high - nonGoAnon.low > rounding) {
    sentences.push(
      `Foreign anonymous memory lies beside Go metadata: between ${formatBytes(nonGoAnon.low)} and ${formatBytes(nonGoAnon.high)} of it are resident.`,
    );
  }
  if (nonGoAnon.estimate > 0 && hasC && !chunks.ok) {
    sentences.push('Large blocks of malloc and raw mmap look alike from outside: --process.memory-reads tells them apart.');
  }
  if (!exe.ok) sentences.push('The ELF header of the executable was not read: its bss ends where the mapping does.');
  if (!present.ok && heapPages.resident > 0 && nonGoAnon.high > 0)
    sentences.push('Mappings that two owners share were split by size: pagemap was not read.');
  return sentences;
}
