import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Identities, identitiesOf } from '../../src/books/identities.ts';
import { goArenaIndex, goStep } from '../../src/books/owners/layout.ts';
import { committed, gcSysOf, heapAndStacks, metadataSize } from '../../src/books/owners/memstats.ts';
import type { MemStats } from '../../src/model/go.ts';
import { bytes } from '../../src/model/units.ts';
import { runs } from '../runs.ts';
import { memStatsWith } from '../snapshots.ts';

const kib = 1024;
const mib = 1024 * kib;

/** Where the heap stands, and what the walk between two memstats found. */
interface Case {
  readonly before: MemStats;
  readonly after: MemStats;
  readonly size: number;
  readonly unclaimedAnon: number;
}

/**
 * A heap that has grown by up to so many steps between two memstats, walked at any of them or beyond, with any GC work buffers and any
 * foreign memory.
 */
const cases: fc.Arbitrary<Case> = fc
  .record({
    heap: fc.nat(20).map((steps) => 4 * mib + steps * goStep),
    grown: fc.nat(24),
    walkedAt: fc.integer({ min: -2, max: 26 }),
    off: fc.oneof(fc.constant(0), fc.integer({ min: -mib, max: 6 * mib })),
    gcSys: fc.oneof(fc.nat(mib), fc.nat(60 * mib)),
    gcGrown: fc.oneof(fc.constant(0), fc.nat(8 * mib)),
    nonGoAnon: fc.oneof(fc.constant(0), fc.integer({ min: -8 * mib, max: 80 * mib })),
  })
  .map(({ heap, grown, walkedAt, off, gcSys, gcGrown, nonGoAnon }) => {
    const before = statsOf(heap, gcSys);
    const after = statsOf(heap + grown * goStep, gcSys + gcGrown);
    const size = Math.max(0, heapAndStacks(before) + walkedAt * goStep + off);
    return { before, after, size, unclaimedAnon: Math.max(0, goArenaIndex + metadataSize(before, 0) + nonGoAnon) };
  });

function statsOf(heapSys: number, gcSys: number): MemStats {
  const heap = {
    heapSys,
    heapInuse: heapSys,
    heapAlloc: heapSys,
    heapIdle: 0,
    heapReleased: 0,
    stackInuse: 256 * kib,
    stackSys: 256 * kib,
  };
  const others = { mspanSys: 160 * kib, mcacheSys: 16 * kib, buckHashSys: 0, gcSys, otherSys: 640 * kib };
  const sys = [heapSys, heap.stackSys, ...Object.values(others)].reduce((sum, part) => sum + part, 0);
  const sizes = Object.fromEntries(Object.entries({ ...heap, ...others, sys }).map(([name, size]) => [name, bytes(size)]));
  return memStatsWith(sizes);
}

function arenasOf(size: number) {
  return { ranges: [{ start: 0xc000000000, end: 0xc000000000 + size }], size, decommitted: 0, rivals: [], leftOut: 0, excess: 0 };
}

/** The two identities, where the heap holds so many bytes of work buffers. */
function identified({ size, unclaimedAnon }: Case, memstats: MemStats, workBuffers: number): Identities {
  const workBuffersMax = gcSysOf(memstats);
  const within = Math.min(Math.max(0, workBuffers), workBuffersMax);
  const metadata = metadataSize(memstats, within);
  const nonGoAnon = unclaimedAnon - goArenaIndex - metadata;
  const slack = Math.abs(workBuffers - within) + Math.max(0, -nonGoAnon);
  return {
    arenas: size,
    workBuffers,
    workBuffersMax,
    committed: committed(memstats, within),
    unclaimedAnon,
    metadata,
    nonGoAnon,
    slack,
    memstats,
  };
}

/** Each number of steps that the growth allows, of both memstats. */
function everyStep(told: Case): readonly Identities[] {
  const { before, after, size } = told;
  const grown = Math.round((heapAndStacks(after) - heapAndStacks(before)) / goStep);
  return [before, after].flatMap((stats) => {
    const step = stats === before ? -goStep : goStep;
    const works = Array.from({ length: grown + 1 }, (_, steps) => size - heapAndStacks(stats) + step * steps);
    return works.filter((work) => work >= 0).map((work) => identified(told, stats, work));
  });
}

function extent(of: readonly Identities[], value: (one: Identities) => number): readonly [number, number] {
  return [Math.min(...of.map(value)), Math.max(...of.map(value))];
}

test('the best that is found by looking at the bends alone is the best of all steps, and the ends of what fits as well are found', () => {
  let inSteps = 0;
  fc.assert(
    fc.property(cases, (told) => {
      const { before, after, size, unclaimedAnon } = told;
      const raw = [before, after].map((stats) => identified(told, stats, size - heapAndStacks(stats)));
      if (raw.some(({ workBuffers, slack }) => workBuffers >= 0 && workBuffers < goStep && slack <= 512 * kib)) return; // no step is tried
      const all = everyStep(told);
      if (all.length === 0 || after.heapSys === before.heapSys) return;
      inSteps += 1;

      const [best, ...others] = identitiesOf(arenasOf(size), unclaimedAnon, [before, after]);

      assert.ok(best !== undefined);
      const least = Math.min(...all.map(({ slack }) => slack));
      const nearest = Math.min(...all.filter(({ slack }) => slack === least).map(({ nonGoAnon }) => Math.abs(nonGoAnon)));
      assert.deepEqual([best.slack, Math.abs(best.nonGoAnon)], [least, nearest]);
      assert.ok(all.some((one) => one.workBuffers === best.workBuffers && one.memstats === best.memstats));

      const fitting = (of: readonly Identities[]) =>
        of.filter((one) => one.memstats === best.memstats && (one === best || one.slack === 0));
      const [found, wanted] = [fitting([best, ...others]), [best, ...fitting(all)]];
      for (const value of [workBuffersOf, committedOf, foreignOf]) assert.deepEqual(extent(found, value), extent(wanted, value));
    }),
    { numRuns: runs(2000) },
  );
  assert.ok(inSteps > runs(500), `${inSteps} cases were in steps`);
});

const workBuffersOf = ({ workBuffers }: Identities) => workBuffers;
const committedOf = (one: Identities) => one.committed;
const foreignOf = ({ nonGoAnon }: Identities) => nonGoAnon;
