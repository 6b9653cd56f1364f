import { withMemory } from '../../kernel/memory/memory.ts';
import type { ProcessIdentity } from '../../model/process.ts';
import type { Reading } from '../../model/reading.ts';
import { type ProcessHandle, ptraceNeeds, type Source } from '../../model/source.ts';
import { locateCounters, type ProgramImage } from './locate.ts';
import { type CounterPlace, type PlacedCounters, readWithRetries } from './read-counters.ts';

/** A Go process whose runtime's counters are wanted. */
export interface RuntimeMemoryTarget extends ProcessHandle {
  readonly identity: ProcessIdentity;
  /** Where they stood at the last read of it, from `value`. */
  readonly known: KnownPlace | undefined;
  /** Asked for only when they have to be sought. */
  readonly layout: () => Reading<ProgramImage>;
}

/** Where the counters of one process stand; of another process, or of none, it says nothing. */
export interface KnownPlace extends CounterPlace {
  readonly pid: number;
  readonly startTicks: number;
}

/** The counters, and what to hand in as `known` the next time. */
export interface RuntimeMemory extends Pick<PlacedCounters, 'counters'> {
  readonly known: KnownPlace;
}

/**
 * The runtime's own counters, out of the target's memory (/proc/PID/mem): no endpoint is asked, nothing in the target stops or allocates.
 * Opt-in (`--process.memory-reads`), for it needs the right to attach: PTRACE_MODE_ATTACH. Go 1.19 or later; nothing but the executable's
 * own data is read: the first time all of it that is resident, later some 4 kB, checked anew each time.
 */
export const runtimeMemory = {
  name: 'runtime_memory',
  without: { needs: ptraceNeeds.attach, lost: "Go's numbers where no endpoint answers", families: ['memgap_go_memory_bytes'] },
  read(target, signal) {
    const { identity, known, layout } = target;
    return withMemory(target, async (memory) => {
      if (known !== undefined && known.pid === identity.pid && known.startTicks === identity.startTicks) {
        const again = await readWithRetries(memory, known, signal);
        if (again.ok) return remembered(again.value, identity);
      }
      const where = layout(); // never sought, or a new program: execve(2) keeps pid and start time
      if (!where.ok) return where;
      const placed = await locateCounters(memory, where.value, signal);
      return placed.ok ? remembered(placed.value, identity) : placed;
    });
  },
} as const satisfies Source<RuntimeMemoryTarget, RuntimeMemory>;

function remembered({ counters, place }: PlacedCounters, { pid, startTicks }: ProcessIdentity): Reading<RuntimeMemory> {
  return { ok: true, value: { counters, known: { ...place, pid, startTicks } } };
}
