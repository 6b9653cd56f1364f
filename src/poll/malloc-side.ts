import { mapReading, missing, type Reading } from '../reading.ts';
import type { Aged, MallocHeld } from '../snapshot.ts';
import { sources } from '../sources/index.ts';
import type { MallocPlaces } from '../sources/process/malloc-held.ts';
import type { KernelPaths } from '../sources/source.ts';
import { secondsSince } from '../tape.ts';
import type { Bytes } from '../units.ts';
import type { Recorder } from './recorder.ts';

/** What C's malloc has in use and what it keeps, of one process: `--process.memory-reads`. */
export interface MallocSide {
  /** After a walk, whose `places` are still right: reads, if it is due and `size` of C's malloc is resident that is worth it. The last that was read, else. */
  read(
    recorder: Recorder,
    pid: number,
    size: Bytes | undefined,
    places: MallocPlaces | undefined,
    signal: AbortSignal,
  ): Promise<Reading<Aged<MallocHeld>>>;
  /** Another process, or another program in it. */
  reset(): void;
}

const least = 60; // seconds between two, whatever they cost: 128 MiB in small chunks take 170 ms
const usually = 200; // times what one costs
const smallest = 1024 ** 2; // of C malloc: less is nobody's question
const never = missing('disabled', "nothing of C's malloc was to be gone through yet");

/** The malloc side of one target. `now` is the wall clock in Unix seconds. */
export function createMallocSide(paths: KernelPaths, now: () => number): MallocSide {
  let latest: Reading<Aged<MallocHeld>> = never;
  let next = 0;

  async function read(recorder: Recorder, pid: number, size: Bytes | undefined, places: MallocPlaces | undefined, signal: AbortSignal) {
    if (size === undefined || size < smallest || places === undefined || now() < next) return latest;
    if (places.brk.length + places.arenas.length === 0) return latest;
    const at = now();
    const begin = performance.now();
    const reading = await recorder.run(sources.malloc_held, { pid, paths, ...places }, signal);
    next = at + Math.max(least, usually * secondsSince(begin, 'malloc'));
    latest = mapReading(reading, (value) => ({ value, at }));
    return latest;
  }

  function reset(): void {
    latest = never;
    next = 0;
  }

  return { read, reset };
}
