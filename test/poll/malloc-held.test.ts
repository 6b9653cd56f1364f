import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MallocPlaces } from '../../src/kernel/memory/malloc-held.ts';
import { found } from '../../src/model/reading.ts';
import { bytes } from '../../src/model/units.ts';
import { createMallocHeld } from '../../src/poll/program-readings.ts';
import type { Recorder } from '../../src/poll/recorder.ts';
import { here } from '../kernel/process/processes.ts';

const { signal } = new AbortController();
const places: MallocPlaces = { brk: [{ start: 4096, end: 8192 }], arenas: [] };
const mib = (count: number) => bytes(count * 1024 ** 2);

/** Heaps whose reads are counted. */
function counted() {
  let time = 1000;
  let reads = 0;
  const held = { resident: mib(1), free: mib(0), trimmable: mib(0) };
  const run = async () => {
    reads += 1;
    return found(held);
  };
  const recorder = { run, outcomes: {} } as unknown as Recorder;
  const mallocHeld = createMallocHeld(here, () => time);
  const read = (at: number, size = mib(8), where: MallocPlaces | 'not walked' = places) => {
    time = at;
    return mallocHeld(recorder, { pid: 12, size, places: where === 'not walked' ? undefined : where }, signal);
  };
  return { read, reads: () => reads };
}

test('heaps are gone through once a minute at most, right after a walk, and where there is something to tell', async () => {
  const { read, reads } = counted();
  assert.ok(!(await read(1000, mib(0))).ok, 'next to nothing of C');
  assert.ok(!(await read(1000, mib(8), 'not walked')).ok, 'no walk in this poll');
  assert.ok(!(await read(1000, mib(8), { brk: [], arenas: [] })).ok);
  assert.equal(reads(), 0);
  const first = await read(1000);
  assert.ok(first.ok && first.value.at === 1000);
  assert.equal(await read(1030), first, 'what was told stands, with its time');
  assert.equal(reads(), 1);
  const next = await read(1061);
  assert.ok(next.ok && next.value.at === 1061);
  assert.equal(reads(), 2);
});
