import { budgets } from '../../budgets.ts';
import type { ProcessMemory } from '../../kernel/memory/memory.ts';
import { type AddressRange, holds, isPage, page } from '../../model/address-range.ts';
import { goRuntime } from '../../model/go-layouts.ts';
import { wordAt, wordsOf } from './memory-words.ts';

const { buckHashSize: buckets, bucket: members } = goRuntime;
const maxBuckets = budgets.profileBuckets.maxEntries;

/**
 * The profiler's hash table at an address: each word is none, or the address of a bucket, which lies in one of the chunks, and whose kind
 * is one that there is and whose hash leads to this very place of the table. `undefined` if one does not.
 */
export function bucketsIn(
  memory: ProcessMemory,
  start: number,
  parts: readonly AddressRange[],
  chunks: readonly AddressRange[],
): readonly AddressRange[] | undefined {
  const end = start + buckets * 8;
  if (!isPage(start, parts) || !holds(parts, start, buckets * 8)) return undefined;
  let bucketsRead = 0;
  for (const stretch of memory.present(start, end, end - start)) {
    const words = wordsOf(memory.read(stretch.start, stretch.end - stretch.start));
    for (let index = 0; index < words.length && bucketsRead < maxBuckets; index += 2) {
      const bucket = wordAt(words, index);
      if (bucket === 0) continue;
      bucketsRead += 1;
      if (!holds(chunks, bucket, members.hash + 8)) return undefined;
      const head = memory.read(bucket + members.typ, 16);
      if (head.length < 16 || head.readBigUInt64LE() < 1n || head.readBigUInt64LE() > members.kinds) return undefined;
      const hash = head.readBigUInt64LE(8);
      if (hash === 0n || Number(hash % BigInt(buckets)) !== (stretch.start - start) / 8 + index / 2) return undefined;
    }
  }
  return bucketsRead === 0 ? undefined : [{ start, end: Math.ceil(end / page) * page }];
}
