import { maxReadBytes, type ProcessMemory } from '../../kernel/memory/memory.ts';
import { type AddressRange, holds, isPage, page } from '../../model/address-range.ts';
import { goRuntime } from '../../model/go-layouts.ts';
import { wordAt, wordsOf } from './memory-words.ts';
import { agree, someOf, spanAt } from './spans.ts';

const sampledSpans = 64;

/** Where the runtime's list of all spans is found, what its members must be, and where they must lie. */
interface SpanRanges {
  readonly heap: readonly AddressRange[];
  readonly chunks: readonly AddressRange[];
  readonly parts: readonly AddressRange[];
}

/**
 * The list of all descriptors of spans, whose slice (mheap.allspans of runtime/mheap.go) stands at `at`. Believed if what is looked at of
 * it, the first 64 KiB, are addresses in the runtime's chunks, and descriptors of spans of the heap stand there.
 */
export function allSpansAt(memory: ProcessMemory, at: number, { heap, chunks, parts }: SpanRanges): readonly AddressRange[] | undefined {
  const slice = wordsOf(memory.read(at, 24));
  const [start, length, capacity] = [wordAt(slice, 0), wordAt(slice, 2), wordAt(slice, 4)];
  if (!(length > 0 && length <= capacity && capacity >= goRuntime.allspansAtFirst)) return undefined;
  if (!isPage(start, parts) || !holds(parts, start, capacity * 8)) return undefined;
  const words = wordsOf(memory.read(start, Math.min(maxReadBytes, length * 8)));
  const members: number[] = [];
  for (let index = 0; index < words.length; index += 2) members.push(wordAt(words, index));
  if (!members.every((member) => holds(chunks, member, 8))) return undefined;
  const used = someOf(members, sampledSpans).map((member) => spanAt(memory, member)); // half of them were never used in a small program
  const spans = used.filter((span) => span !== undefined);
  const right = spans.filter((span) => holds(heap, span.start, 1)).length;
  return agree(right, spans.length) ? [{ start, end: Math.ceil((start + capacity * 8) / page) * page }] : undefined;
}
