import { mapReading, missing, type Reading } from '../reading.ts';
import type { GoNumbers, ProcessIdentity, SourceOutcome } from '../snapshot.ts';
import type { Layout } from '../sources/go/runtime-memory/locate.ts';
import { memStatsFromCounters } from '../sources/go/runtime-memory/memstats.ts';
import type { KnownPlace } from '../sources/go/runtime-memory/runtime-memory.ts';
import { sources } from '../sources/index.ts';
import type { KernelPaths } from '../sources/source.ts';
import type { Recorder } from './recorder.ts';

/** The Go numbers of one process out of its memory, for where no endpoint answers: `--process.memory-reads`. */
export interface MemorySide {
  /** Whether the counters were found: a read then takes no look at the mappings. */
  isPlaced(): boolean;
  read(recorder: Recorder, identity: ProcessIdentity, layout: Reading<Layout>, signal: AbortSignal): Promise<Reading<GoNumbers>>;
  /** Another process, or another program in it. */
  reset(): void;
}

/** Seconds until a program that has no such counters is searched again: a search takes some 10 ms a MiB of its data. */
const patience = 600;

/** The memory side of one target. `now` is the wall clock in Unix seconds. */
export function createMemorySide(paths: KernelPaths, now: () => number): MemorySide {
  let known: KnownPlace | undefined;
  let lacking: { readonly reading: Reading<never>; readonly outcome: SourceOutcome | undefined; readonly until: number } | undefined;

  async function read(
    recorder: Recorder,
    identity: ProcessIdentity,
    layout: Reading<Layout>,
    signal: AbortSignal,
  ): Promise<Reading<GoNumbers>> {
    const { name } = sources.runtime_memory;
    if (lacking !== undefined && now() < lacking.until) {
      recorder.repeat(name, lacking.outcome);
      return lacking.reading;
    }
    if (known === undefined && !layout.ok) return layout;
    const reading = await recorder.run(sources.runtime_memory, { pid: identity.pid, paths, identity, known, layout: () => layout }, signal);
    if (!reading.ok) {
      known = undefined;
      if (reading.reason === 'unsupported') lacking = { reading, outcome: recorder.outcomes[name], until: now() + patience };
      return reading;
    }
    known = reading.value.known;
    const memstats = memStatsFromCounters(reading.value.counters);
    if (!memstats.ok) recorder.refuse(name, missing(memstats.reason, memstats.detail));
    const { gogc, memoryLimit } = reading.value.counters.pacer ?? {};
    return mapReading(memstats, (value) => ({
      memstats: value,
      ...(gogc !== undefined && { gogc }),
      ...(memoryLimit !== undefined && { memoryLimit }),
    }));
  }

  function reset(): void {
    known = undefined;
    lacking = undefined;
  }

  return { isPlaced: () => known !== undefined, read, reset };
}
