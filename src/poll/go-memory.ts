import { memStatsFromCounters } from '../goruntime/counters/counters-to-memstats.ts';
import type { ProgramImage } from '../goruntime/counters/locate.ts';
import type { KnownPlace, RuntimeMemory } from '../goruntime/counters/runtime-memory.ts';
import type { GoNumbers } from '../model/go.ts';
import type { ProcessIdentity } from '../model/process.ts';
import { known, mapReading, missing, type Reading } from '../model/reading.ts';
import type { KernelPaths } from '../model/source.ts';
import { cached } from './cached.ts';
import type { Recorder } from './recorder.ts';
import { sources } from './sources.ts';

/** The Go numbers of one program out of its memory, for where no endpoint answers: `--process.memory-reads`. */
export interface GoMemoryReader {
  /** Whether the counters were found: a read then takes no look at the mappings. */
  isPlaced(): boolean;
  read(recorder: Recorder, identity: ProcessIdentity, layout: Reading<ProgramImage>, signal: AbortSignal): Promise<Reading<GoNumbers>>;
}

/** Until a program that has no such counters is searched again: a search takes some 10 ms a MiB of its data. */
const searchRetrySeconds = 600;

interface CountersSought {
  readonly identity: ProcessIdentity;
  readonly known: KnownPlace | undefined;
  readonly layout: Reading<ProgramImage>;
}

/** The memory of one program. `now` is the wall clock in Unix seconds. */
export function createGoMemory(paths: KernelPaths, now: () => number): GoMemoryReader {
  let place: KnownPlace | undefined;
  const { name } = sources.runtime_memory;
  const search = cached<CountersSought, Reading<RuntimeMemory>>(
    async (recorder, { identity, known, layout }, signal) => {
      if (known === undefined && !layout.ok) return layout;
      return recorder.run(sources.runtime_memory, { pid: identity.pid, paths, identity, known, layout: () => layout }, signal);
    },
    {
      while: (reading, { known, layout }) => !reading.ok && reading.reason === 'unsupported' && (known !== undefined || layout.ok),
      retryAfter: () => searchRetrySeconds,
      shows: [name],
    },
    now,
  );

  async function read(recorder: Recorder, identity: ProcessIdentity, layout: Reading<ProgramImage>, signal: AbortSignal) {
    const reading = await search(recorder, { identity, known: place, layout }, signal);
    place = known(reading)?.known;
    if (!reading.ok) return reading;
    const memstats = memStatsFromCounters(reading.value.counters);
    if (!memstats.ok) recorder.refuse(name, missing(memstats.reason, memstats.detail));
    const { gogc, memoryLimit } = reading.value.counters.pacer ?? {};
    return mapReading(memstats, (value) => ({
      memstats: value,
      ...(gogc !== undefined && { gogc }),
      ...(memoryLimit !== undefined && { memoryLimit }),
    }));
  }

  return { isPlaced: () => place !== undefined, read };
}
