import fc from 'fast-check';
import type { MemStats } from '../../../src/model/go.ts';
import type { Mapping, MappingEvidence } from '../../../src/model/mapping.ts';
import { found, missing } from '../../../src/model/reading.ts';
import { type Bytes, bytes } from '../../../src/model/units.ts';
import { evidenceWith, mappingWith } from './evidence.ts';

const page = 4096;
const mib = 1 << 20;
const arena = 64 * mib;
const whole = Number.MAX_SAFE_INTEGER;

/** One way to lay out many mappings from an address on; where it ends is where the next may begin. */
type Shape = (start: number, count: number) => readonly Mapping[];

/** Each is what one of the rules looks for, as often as somebody likes to map it. */
export const shapes: Readonly<Record<string, Shape>> = {
  arenas: (start, count) => spread(start, count, 2 * arena, (at, index) => [rw(at, at + 4 * mib * (1 + (index % 15)))]),
  blocks: (start, count) => spread(start, count, 2 * arena, (at) => [rw(at, at + arena)]),
  touching: (start, count) => spread(start, count, arena, (at, index) => [{ ...rw(at, at + arena), flags: index % 2 === 0 ? 'hg' : '' }]),
  named: (start, count) => spread(start, count, 2 * arena, (at) => [{ ...rw(at, at + arena), path: '[anon: Go: heap]' }]),
  holes: (start, count) => spread(start, count, page, (at, index) => [index % 2 === 0 ? rw(at, at + page) : none(at, at + page)]),
  stacks: (start, count) => spread(start, count, 9 * mib, (at) => [none(at, at + page), rw(at + page, at + page + 8 * mib)]),
  buffers: (start, count) => spread(start, count, mib, (at) => [none(at, at + page), rw(at + page, at + page + mib / 4)]),
  islands: (start, count) => [
    ...spread(start, count, 2 * mib, (at) => [none(at, at + mib), rw(at + mib, at + mib + page), none(at + mib + page, at + 2 * mib)]),
  ],
  malloc: (start, count) => spread(start, count, arena, (at) => [reserved(rw(at, at + mib)), reserved(none(at + mib, at + arena))]),
  alternating: (start, count) =>
    spread(start, count, 2 * page, (at) => [rw(at, at + page), { ...rw(at + page, at + 2 * page), flags: 'rd wr mr mw me lo ac' }]),
  files: (start, count) =>
    spread(start, count, 2 * page, (at, index) => [
      { ...rw(at, at + page), inode: 7 + (index % 50), path: `/var/data/${index % 50}`, permissions: 'r--p' },
    ]),
};

const heaps = [0xc000000000, 0x4c12c000000, 0x7f0000000000, 0x7f89f4000000];

/** At most `most` mappings, of up to four shapes. */
function mappingsOf(most: number): fc.Arbitrary<readonly Mapping[]> {
  const part = fc.record({
    shape: fc.constantFrom(...Object.values(shapes)),
    base: fc.constantFrom(...heaps),
    count: fc.oneof(fc.nat(20), fc.nat(Math.floor(most / 8))),
  });
  return fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => {
    const all: Mapping[] = [];
    let end = 0;
    for (const { shape, base, count } of [...parts].sort((a, b) => a.base - b.base)) {
      const start = Math.max(base, Math.ceil(end / arena) * arena);
      for (const mapping of shape(start, count)) all.push(mapping);
      end = all.at(-1)?.end ?? end;
    }
    return all;
  });
}

/** Any size that a target can write, more often one that something is: steps of the heap, powers of two, nothing. */
const size = fc
  .oneof(
    fc.maxSafeNat(),
    fc.integer({ min: 0, max: 50 }).map((bit) => 2 ** bit),
    fc.nat(4096).map((steps) => steps * 4 * mib),
    fc.nat(64 * mib),
    fc.constant(0),
  )
  .map((count) => Math.min(count, whole / 16));

/** Accounts that add up, as the sources demand of them. */
const memstats: fc.Arbitrary<MemStats> = fc
  .record({ idle: size, inuse: size, released: size, stacks: size, others: fc.array(size, { minLength: 6, maxLength: 6 }) })
  .map(({ idle, inuse, released, stacks, others: [stackSys = 0, mspan = 0, mcache = 0, buckets = 0, gc = 0, other = 0] }) => {
    const heapSys = idle + inuse;
    return statsOf({
      sys: heapSys + stacks + stackSys + mspan + mcache + buckets + gc + other,
      heapAlloc: inuse,
      heapSys,
      heapIdle: idle,
      heapInuse: inuse,
      heapReleased: Math.min(released, idle),
      stackInuse: stacks,
      stackSys: stacks + stackSys,
      mspanSys: mspan,
      mcacheSys: mcache,
      buckHashSys: buckets,
      gcSys: gc,
      otherSys: other,
    });
  });

/** Of a runtime that says that it has nothing but an idle heap: what the case of two answers says. */
export function idleHeap(heap: number): MemStats {
  const nothing = { heapAlloc: 0, heapInuse: 0, heapReleased: 0, stackInuse: 0, stackSys: 0, mspanSys: 0 };
  return statsOf({ ...nothing, sys: heap, heapSys: heap, heapIdle: heap, mcacheSys: 0, buckHashSys: 0, gcSys: 0, otherSys: 0 });
}

/** All that a target can choose of the evidence. */
export function hostileEvidence(most: number): fc.Arbitrary<MappingEvidence> {
  const reading = fc
    .option(memstats, { nil: undefined })
    .map((stats) => (stats === undefined ? missing('disabled', 'none') : found(stats)));
  return fc
    .record({ mappings: mappingsOf(most), before: reading, after: reading, threads: fc.constantFrom(undefined, 1, 9, 20_000) })
    .chain(({ mappings, ...others }) =>
      fc.constantFrom(0, 1, 2).map((told) => evidenceWith(mappings, { ...others, ...toldOf(mappings, told) })),
    );
}

/** What malloc's headers say: nothing was read, nothing is malloc's, each second page of all memory is. */
function toldOf(mappings: readonly Mapping[], told: number): Partial<MappingEvidence> {
  if (told === 0) return {};
  const ranges = told === 1 ? [] : mappings.map(({ start }) => ({ start, end: start + page }));
  return { chunks: found({ ranges, heaps: mappings.map(({ start }) => start), others: [] }) };
}

function statsOf(
  numbers: Readonly<Record<Exclude<keyof MemStats, 'nextGc' | 'isNextGcUnknown' | 'numGc' | 'stacksHoldGcWork'>, number>>,
): MemStats {
  const sizes = Object.fromEntries(Object.entries(numbers).map(([name, count]) => [name, bytes(count)]));
  return { ...(sizes as Record<keyof typeof numbers, Bytes>), nextGc: undefined, numGc: 1 };
}

function spread(start: number, count: number, stride: number, each: (at: number, index: number) => readonly Mapping[]): readonly Mapping[] {
  return Array.from({ length: count }, (_, index) => each(start + index * stride, index)).flat();
}

function rw(start: number, end: number): Mapping {
  return mappingWith({ start, end, rss: bytes(Math.floor((end - start) / 2 / page) * page) });
}

function none(start: number, end: number): Mapping {
  return mappingWith({ start, end, permissions: '---p', flags: 'mr mw me' });
}

function reserved(mapping: Mapping): Mapping {
  return { ...mapping, flags: `${mapping.flags} nr` };
}
