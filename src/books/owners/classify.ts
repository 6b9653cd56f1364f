import { type AddressRange, disjoint, firstEndingAfter, sizeOf, sizesOf } from '../../model/address-range.ts';
import type { MemStats } from '../../model/go.ts';
import type { MappingEvidence } from '../../model/mapping.ts';
import { known } from '../../model/reading.ts';
import { type ArenaChoice, chooseArenas } from './choose/choose-arenas.ts';
import type { Claim } from './component.ts';
import { claimBss, findExecutable } from './executable.ts';
import { createMemoryLayout, hasFlag, isAnonymous, isCode, isReadWrite, type MemoryLayout, unclaimed } from './layout.ts';
import { findArenaRuns } from './rules/arena-runs.ts';
import { claimLibraryData } from './rules/libraries.ts';
import { claimMallocArenas } from './rules/malloc-arenas.ts';
import { claimMetadata, claimSeenBefore } from './rules/metadata.ts';
import { byName, isNamedHeap, isRandomState } from './rules/names.ts';
import { byPath, codeFiles, tmpfsDevicesOf } from './rules/paths.ts';
import { claimRaceShadow } from './rules/race-shadow.ts';
import { claimThreadStacks } from './rules/thread-stacks.ts';
import type { Seen } from './seen.ts';

/** Whose each mapping is, as far as that can be told before the anonymous rest is shared out. */
export interface Classification {
  readonly layout: MemoryLayout;
  readonly arenas: ArenaChoice;
  /** Claims of each mapping, its whole range covered, by address. */
  readonly claims: ReadonlyArray<readonly Claim[]>;
  /** Whether C code may have mapped memory: a libc is mapped, or the build does not say that there is none. */
  readonly hasC: boolean;
}

/** What of the evidence tells whose a mapping is; the pages' presence is looked up afterwards. */
export type WalkEvidence = Omit<MappingEvidence, 'present'>;

/** The Go numbers that there are, first the ones from before the walk. */
export function memstatsOf({ before, after }: Pick<WalkEvidence, 'before' | 'after'>): readonly MemStats[] {
  return [before, after].map(known).filter((stats) => stats !== undefined);
}

/**
 * Takes the first rule that fits, for each mapping or part of it (docs/how-it-works.md#who-owns-a-byte-of-rss). `seen` is what an earlier
 * walk showed; `byPlace` switches the rules off that go by where Go's metadata lies.
 */
export function classify(walk: WalkEvidence, seen: Seen, byPosition = true): Classification {
  const layout = createMemoryLayout(walk.mappings);
  claimByText(layout, walk);
  const hasC =
    known(walk.build)?.cgo !== false || layout.mappings.some((_, index) => layout.claims(index)[0]?.owner === 'shared_libraries');
  claimRaceShadow(layout, known(walk.build));
  if (hasC) {
    claimLibraryData(layout);
    claimMallocArenas(layout, known(walk.chunks), seen.mallocArenas);
    claimThreadStacks(layout, walk.stackLimit, walk.threads);
    claimRanges(layout, known(walk.chunks)?.ranges ?? [], { owner: 'c_malloc', rule: 'malloc-chunk' });
  }
  claimRanges(layout, (walk.own === undefined ? undefined : known(walk.own))?.ranges ?? [], { owner: 'go_metadata', rule: 'runtime-says' });
  claimNoReserve(layout);
  const arenas = claimArenas(layout, memstatsOf(walk));
  if (byPosition) claimMetadata(layout, walk.stackLimit !== undefined, known(walk.build)?.goVersion);
  if (byPosition) claimSeenBefore(layout, seen.go);
  claimLeft(layout);
  const claims = layout.mappings.map((_, index) => layout.claims(index));
  return { layout, arenas, claims, hasC };
}

/** Paths and names; bss comes between the two, since the kernel may call it `[heap]`. */
function claimByText(layout: MemoryLayout, { exe, tmpfsDevices }: WalkEvidence): void {
  const { mappings } = layout;
  const executable = findExecutable(mappings, exe);
  const devices = tmpfsDevicesOf(mappings, tmpfsDevices ?? []);
  const code = codeFiles(mappings);
  for (const [index, mapping] of mappings.entries()) {
    const owner = byPath(mapping, executable, devices, code);
    if (owner !== undefined) layout.claim(index, { owner, rule: 'path' });
  }
  claimBss(layout, executable);
  for (const [index, mapping] of mappings.entries()) {
    const claim = isRandomState(mapping) ? ({ owner: 'go_metadata', rule: 'own-random' } as const) : byName(mapping);
    if (claim === undefined || layout.claims(index)[0]?.rule === 'path') continue;
    for (const part of unclaimed(mapping, layout.claims(index))) layout.claim(index, claim, part);
  }
}

/** What the target's memory itself says: blocks that malloc mapped one by one, and memory of the Go runtime's tables. */
function claimRanges(layout: MemoryLayout, ranges: readonly AddressRange[], claim: Pick<Claim, 'owner' | 'rule'>): void {
  if (ranges.length === 0) return;
  const apart = disjoint(ranges);
  for (const [index, mapping] of layout.mappings.entries()) {
    if (isAnonymous(mapping, 'nameless') && isReadWrite(mapping)) claimWithin(layout, index, apart, claim);
  }
}

/** Of a mapping, what lies in one of the ranges, which are by address: among 20 000 mappings there may be thousands of them. */
function claimWithin(layout: MemoryLayout, index: number, apart: readonly AddressRange[], claim: Omit<Claim, keyof AddressRange>): void {
  const mapping = layout.mappings[index];
  if (mapping === undefined) return;
  for (let at = firstEndingAfter(apart, mapping.start); (apart[at]?.start ?? mapping.end) < mapping.end; at += 1) {
    layout.claim(index, claim, apart[at]);
  }
}

/** MAP_NORESERVE: no release from 1.19 to 1.27 maps anything so (runtime/mem_linux.go), and none of their mappings was seen with it. */
function claimNoReserve(layout: MemoryLayout): void {
  for (const [index, mapping] of layout.mappings.entries()) {
    if (!layout.isFree(index) || !hasFlag(mapping, 'nr') || !isAnonymous(mapping, 'nameless') || !isReadWrite(mapping)) continue;
    layout.claim(index, { owner: 'native_mmap', rule: 'no-reserve' });
  }
}

function claimArenas(layout: MemoryLayout, memstats: readonly MemStats[]): ArenaChoice {
  const runs = findArenaRuns(layout);
  const candidates = runs.reduce((sum, { size }) => sum + size, 0);
  const arenas = chooseArenas(runs, memstats, writableSize(layout) - candidates);
  const [ranges, rivals] = [disjoint(arenas.ranges), disjoint(arenas.rivals)];
  for (const [index, mapping] of layout.mappings.entries()) {
    if (!layout.isFree(index) || !(isAnonymous(mapping, 'nameless') || isNamedHeap(mapping))) continue;
    claimWithin(layout, index, ranges, { owner: 'go_arenas', rule: 'arena' });
    if (isReadWrite(mapping)) claimWithin(layout, index, rivals, { owner: 'unclaimed_anon', rule: 'left', doubtful: true });
  }
  return arenas;
}

/** Writable anonymous memory that no rule before has claimed, and what the runtime itself calls its metadata. */
function writableSize(layout: MemoryLayout): number {
  let sum = 0;
  for (const [index, mapping] of layout.mappings.entries()) {
    if (!isReadWrite(mapping) || !isAnonymous(mapping, 'named')) continue;
    const named = layout.claims(index)[0];
    if (named?.owner === 'go_metadata' && named.rule === 'name') sum += sizeOf(mapping);
    else sum += sizesOf(unclaimed(mapping, layout.claims(index)));
  }
  return sum;
}

/**
 * What is left is for the second identity, if it is writable: Go's metadata never is anything else (runtime/mem_linux.go asks for
 * PROT_READ|PROT_WRITE). What can be executed was generated at run time, for code that was linked has a file behind it.
 */
function claimLeft(layout: MemoryLayout): void {
  for (const [index, mapping] of layout.mappings.entries()) {
    for (const part of unclaimed(mapping, layout.claims(index))) {
      if (!isAnonymous(mapping, 'named')) layout.claim(index, { owner: 'unknown', rule: 'left' }, part);
      else if (isReadWrite(mapping)) layout.claim(index, { owner: 'unclaimed_anon', rule: 'left' }, part);
      else if (isCode(mapping)) layout.claim(index, { owner: 'jit_code', rule: 'executable-memory' }, part);
      else layout.claim(index, { owner: 'native_mmap', rule: 'not-writable' }, part);
    }
  }
}
