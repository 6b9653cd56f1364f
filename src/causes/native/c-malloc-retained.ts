import { type Growth, growthIn } from '../../history/growth.ts';
import type { MallocHeld } from '../../model/mapping.ts';
import { found, known } from '../../model/reading.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { type Bytes, bytes, formatBytes } from '../../model/units.ts';
import { type Cause, inactive, isLarge, size } from '../engine/cause.ts';
import { doubtOf } from '../engine/doubt.ts';
import { finalizersOf } from '../go/finalizers.ts';

/**
 * What C's malloc holds, in use or kept after free(3) (go-rapidsnark#28, agentsview#1587). From outside the two look alike; the chunks in
 * the target's memory tell. What is in use no setting of malloc's gives back.
 */
export const cMallocRetained: Cause = {
  name: 'c_malloc_retained',
  title: "held by C's malloc",
  claims: ['rss:c_malloc'],
  judge({ ledger, past }) {
    const { mapped, snapshot } = ledger;
    if (!mapped.ok) return mapped;
    const book = mapped.value.value;
    const held = book.components.c_malloc ?? bytes(0);
    const growth = growthIn(past, 'c_malloc');
    if (!isLarge(held, book.total) || growth?.shape === 'line') return inactive;
    const doubt = doubtOf(book, 'c_malloc');
    const chunks = toldBy(snapshot, book.mallocMapped ?? bytes(0), held);
    const evidence = [
      size('C malloc', held, "smaps: brk, malloc's arenas and blocks"),
      size('freed and kept, at least', chunks?.free, "malloc's chunks in its memory"),
      size('of it in whole pages', chunks?.trimmable, 'what malloc_trim can give back'),
      size('its growth', growth?.rise, 'floor of the last quarter of the time - floor of the first'),
    ];
    const waiting = chunks !== undefined && chunks.free > held / 2 ? undefined : finalizersOf(ledger, held);
    const guess = waiting === undefined ? '' : `. ${waiting.sentence}`;
    if (doubt !== undefined) {
      const summary = `${doubt.sentence}; ${formatBytes(held)} in all, in use or kept after it was freed${trendOf(growth)}${guess}.`;
      const next = waiting === undefined ? doubt.next : `${doubt.next}\n${waiting.next}`; // to collect is right whoever it is
      return found({ bytes: held, isDoubtful: true, evidence, summary, next });
    }
    return found({
      bytes: held,
      evidence,
      summary: `C's malloc holds ${formatBytes(held)}, ${splitOf(chunks)}${trendOf(growth)}${guess}.`,
      next: nextOf(chunks, held, waiting?.next),
    });
  },
};

/** Where they speak of most of it: heaps of another malloc's, or in motion, say nothing; blocks that were mapped one by one are in use. */
function toldBy({ mallocHeld }: Snapshot, mapped: Bytes, held: number): MallocHeld | undefined {
  const heaps = mallocHeld && known(mallocHeld)?.value;
  const resident = bytes(mapped + (heaps?.resident ?? 0));
  if (resident < held / 2) return undefined;
  return { resident, free: heaps?.free ?? bytes(0), trimmable: heaps?.trimmable ?? bytes(0) };
}

function splitOf(chunks: MallocHeld | undefined): string {
  if (chunks === undefined) return 'in use or kept after it was freed: from outside the two look alike';
  return `${formatBytes(chunks.free)} of it freed and kept, the rest in use`;
}

const inUse = "what is in use no setting of malloc gives back: the library's own cache size, or a Close or C.free that is missing";
const freed = 'what was freed: malloc_trim(0) in the C code after a load, or MALLOC_MMAP_THRESHOLD_=131072 where its blocks are larger';
const scattered =
  'what was freed lies between blocks in use, and malloc_trim gives back little of it: free those, or allocate what lives long in one go';

/** At most two lines. */
function nextOf(chunks: MallocHeld | undefined, held: number, waiting: string | undefined): string {
  if (chunks === undefined)
    return `${waiting ?? freed}\n${inUse}${waiting === undefined ? '; --process.memory-reads tells which it is' : ''}`;
  if (!isLarge(chunks.free, held)) return waiting === undefined ? inUse : `${waiting}\n${inUse}`;
  const give = chunks.trimmable >= chunks.free / 2 ? freed : scattered;
  return chunks.free > held / 2 ? give : `${give}\n${waiting ?? inUse}`;
}

function trendOf(growth: Growth | undefined): string {
  if (growth === undefined) return '; whether it grows shows after an hour';
  if (growth.isStable) return '; it does not grow';
  if (growth.last >= growth.step) return '; it grows, not in a line';
  return `; of late it has not come back to its floor, and is ${formatBytes(growth.newest)} above it`;
}
